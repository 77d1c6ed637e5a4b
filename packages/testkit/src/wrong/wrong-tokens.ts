/** Bindings that put a token where it does not belong, or an old one, or send a request in a wrong way. */
import type { Credential } from '@keyturn/core';
import { isCredentialError } from '@keyturn/core';
import type { SceneBody } from '../conformance/binding-under-test.js';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongClient } from './wrong-binding.js';

const bodyKinds: readonly SceneBody['kind'][] = ['json', 'text', 'bytes', 'params', 'form'];

export const wrongTokens: readonly WrongBinding[] = [
  alsoFails(
    wrongClient(
      'sends the current token',
      'keeps a token until a request fails',
      class extends ReferenceClient {
        #token: string | undefined;

        protected override authorization(
          credential: Credential | undefined,
          passage: Passage,
        ): Readonly<Record<string, string>> {
          if (credential === undefined) return super.authorization(credential, passage);
          if (passage.attempt > 1) this.#token = credential.token;
          this.#token ??= credential.token;
          return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
        }

        protected override async transmit(
          passage: Passage,
          credential?: Credential,
        ): Promise<ReferenceAnswer> {
          const answer = await super.transmit(passage, credential);
          if (answer.status >= 400) this.#token = undefined;
          return answer;
        }
      },
    ),
    'sends the headers of the credential beside its token',
    'puts an authorization among the headers in the place of the token',
    'sends the other headers beside an Authorization of your own',
    'waits for the other headers with an Authorization of your own, once it is known that there are any',
  ),
  wrongClient(
    'leaves an Authorization of your own alone, in any letter case',
    'knows the header in two spellings',
    class extends ReferenceClient {
      protected override isOwnAuthorization(headers: Passage['headers']): boolean {
        return 'Authorization' in headers || 'authorization' in headers;
      }
    },
  ),
  wrongClient(
    'runs and replays nothing for an Authorization of your own',
    'asks for a credential before it looks at the headers',
    class extends ReferenceClient {
      protected override async sendInScope(passage: Passage): Promise<ReferenceAnswer> {
        if (this.isOwnAuthorization(passage.headers)) await this.manager.current();
        return super.sendInScope(passage);
      }
    },
  ),
  alsoFails(
    wrongClient(
      'sends no Authorization where the credential has no token',
      'sends "Bearer undefined"',
      class extends ReferenceClient {
        protected override authorization(
          credential: Credential | undefined,
        ): Readonly<Record<string, string>> {
          return credential === undefined ? {} : { authorization: `Bearer ${credential.token}` };
        }
      },
    ),
    'sends the headers of a credential without a token',
    'goes as nobody where the source says so',
    'puts an authorization among the headers in the place of the token',
    'sends the other headers beside an Authorization of your own',
    'waits for the other headers with an Authorization of your own, once it is known that there are any',
  ),
  alsoFails(
    wrongClient(
      'speaks plain http to loopback',
      'authenticates over https only',
      class extends ReferenceClient {
        protected override includes(passage: Passage): boolean {
          return passage.url.protocol === 'https:' && super.includes(passage);
        }
      },
    ),
    'sends what goes in clear text to loopback past the proxy it is given',
  ),
  wrongClient(
    'sends no token after unbind()',
    'goes on with its last token when it is unbound',
    class extends ReferenceClient {
      #last: Readonly<Record<string, string>> = {};

      protected override authorization(
        credential: Credential | undefined,
        passage: Passage,
      ): Readonly<Record<string, string>> {
        if (!this.isBound) return this.#last;
        const headers = super.authorization(credential, passage);
        if (credential !== undefined) this.#last = headers;
        return headers;
      }
    },
  ),
  wrongClient(
    'replays a refused request once, with the next token',
    'replays GET and POST only',
    class extends ReferenceClient {
      protected override canReplay(passage: Passage): boolean {
        return /^(?:GET|POST)$/.test(passage.method) && super.canReplay(passage);
      }
    },
  ),
  wrongClient(
    'delivers the answer to the replay',
    'reads the answer to a replay as empty',
    class extends ReferenceClient {
      protected override async transmit(
        passage: Passage,
        credential?: Credential,
      ): Promise<ReferenceAnswer> {
        const answer = await super.transmit(passage, credential);
        return passage.attempt > 1 ? { ...answer, body: '{}' } : answer;
      }
    },
  ),
  alsoFails(
    wrongClient(
      'gives up after one replay',
      'replays for as long as there are new tokens',
      class extends ReferenceClient {
        protected override async sendWithCredential(passage: Passage): Promise<ReferenceAnswer> {
          const { generation } = this.manager.stats();
          const answer = await super.sendWithCredential(passage);
          const hasNew = this.manager.stats().generation > generation && generation < 5;
          return answer.status === 401 && hasNew && this.canReplay(passage)
            ? this.sendWithCredential(passage)
            : answer;
        }
      },
    ),
    'replays nothing where you have set every header of the credential yourself',
  ),
  wrongClient(
    'replays what is answered with one of "refusedStatuses", and nothing else',
    'takes a 401 for a refusal, whatever it is told',
    class extends ReferenceClient {
      protected override isRefused(status: number): boolean {
        return status === 401 || super.isRefused(status);
      }
    },
  ),
  alsoFails(
    wrongClient(
      'passes one of "refusedStatuses" on with "replay: false", and the next request carries a new token',
      'takes nothing but a 401 for a refusal',
      class extends ReferenceClient {
        protected override isRefused(status: number): boolean {
          return status === 401;
        }
      },
    ),
    'replays what is answered with one of "refusedStatuses", and nothing else',
  ),
  ...bodyKinds.map((kind) =>
    alsoFails(
      wrongClient(
        `replays the body intact: ${kind}`,
        `replays a body of kind ${kind} empty`,
        class extends ReferenceClient {
          protected override transmit(
            passage: Passage,
            credential?: Credential,
          ): Promise<ReferenceAnswer> {
            const isEmptied = passage.attempt > 1 && passage.body.kind === kind;
            const body = isEmptied ? { headers: passage.body.headers } : passage.body;
            return super.transmit({ ...passage, body }, credential);
          }
        },
      ),
      ...(kind === 'text'
        ? []
        : [`sends the body of the call, whatever the caller does to it while it waits: ${kind}`]),
    ),
  ),
  wrongClient(
    'passes the refusal of a stream on, and the next request carries a new token',
    'replays a stream that it has read already',
    class extends ReferenceClient {
      protected override canReplay(): boolean {
        return this.setup.replay !== false;
      }
    },
  ),
  wrongClient(
    'says that the manager is closed, and sends nothing',
    'sends without a credential when the manager is closed',
    class extends ReferenceClient {
      protected override async sendInScope(passage: Passage): Promise<ReferenceAnswer> {
        try {
          return await super.sendInScope(passage);
        } catch (error) {
          const isClosed = isCredentialError(error) && error.code === 'ERR_MANAGER_CLOSED';
          if (isClosed) return this.transmit(passage);
          throw error;
        }
      }
    },
  ),
  wrongClient(
    "respects the client's timeout while waiting",
    'has no timeout',
    class extends ReferenceClient {
      protected override signalOf({
        signal,
      }: {
        readonly signal?: AbortSignal | undefined;
      }): AbortSignal | undefined {
        return signal;
      }
    },
  ),
];

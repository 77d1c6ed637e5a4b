/** Bindings that know the token, and not what a credential may have beside it. */
import type { Credential } from '@keyturn/core';
import { otherHeadersOf } from '@keyturn/core/binding';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongClient } from './wrong-binding.js';

type Headers = Readonly<Record<string, string>>;

const redirected =
  'does not carry a header along a redirect to another origin, nor back from there';

const awaited =
  'waits for the other headers with an Authorization of your own, once it is known that there are any';
const newest = 'sends a request again that the server has not processed, with the newest headers';

export const wrongHeaders: readonly WrongBinding[] = [
  alsoFails(
    wrongClient(
      'sends the headers of the credential beside its token',
      'sends the token and nothing else',
      class extends ReferenceClient {
        protected override otherHeaders(): Headers {
          return {};
        }
      },
    ),
    'sends the headers of a credential without a token',
    'leaves a header of your own alone, in any letter case, and sends the others',
    'sends the other headers beside an Authorization of your own',
    awaited,
    'replays a refused request with the headers of the next credential',
    newest,
    redirected,
    'carries the headers along a redirect that stays in scope',
    'sends no header of the credential after unbind()',
  ),
  alsoFails(
    wrongClient(
      'sends the headers of a credential without a token',
      'sends headers beside a token alone',
      class extends ReferenceClient {
        protected override otherHeaders(
          credential: Credential | undefined,
          passage: Passage,
        ): Headers {
          return credential?.token === undefined ? {} : super.otherHeaders(credential, passage);
        }
      },
    ),
    'replays a refused request with the headers of the next credential',
    newest,
  ),
  wrongClient(
    'goes as nobody where the source says so',
    'sends a word for a token that is not there',
    class extends ReferenceClient {
      protected override authorization(
        credential: Credential | undefined,
        passage: Passage,
      ): Headers {
        if (credential === undefined || (credential.token ?? credential.headers) !== undefined) {
          return super.authorization(credential, passage);
        }
        return credential.clientCertificate === undefined
          ? { authorization: `Bearer ${credential.token}` }
          : {};
      }
    },
  ),
  wrongClient(
    'puts an authorization among the headers in the place of the token',
    'sends its token whatever stands among the headers',
    class extends ReferenceClient {
      protected override authorization(
        credential: Credential | undefined,
        passage: Passage,
      ): Headers {
        const headers = super.authorization(credential, passage);
        const isOurs = credential?.token !== undefined && 'authorization' in headers;
        return isOurs ? { authorization: `Bearer ${credential.token}` } : headers;
      }
    },
  ),
  wrongClient(
    'leaves a header of your own alone, in any letter case, and sends the others',
    'knows a header of the caller in one spelling',
    class extends ReferenceClient {
      protected override otherHeaders(
        credential: Credential | undefined,
        { headers }: Passage,
      ): Headers {
        const others = credential === undefined ? [] : otherHeadersOf(credential);
        const missing = others.filter(({ key }) => !(key in headers));
        return Object.fromEntries(missing.map(({ key, value }) => [key, value]));
      }
    },
  ),
  alsoFails(
    wrongClient(
      'sends the other headers beside an Authorization of your own',
      'sends nothing beside an Authorization of the caller',
      class extends ReferenceClient {
        protected override async sendOwn(passage: Passage): Promise<ReferenceAnswer> {
          return this.transmit(passage);
        }
      },
    ),
    awaited,
  ),
  wrongClient(
    awaited,
    'sends beside an Authorization of the caller what it holds, and waits for nothing',
    class extends ReferenceClient {
      protected override async sendOwn(passage: Passage): Promise<ReferenceAnswer> {
        return this.transmit(passage, this.manager.peek());
      }
    },
  ),
  alsoFails(
    wrongClient(
      'replays a refused request with the headers of the next credential',
      'replays with the headers of the first attempt',
      class extends ReferenceClient {
        readonly #first = new Map<string, Headers>();

        protected override otherHeaders(
          credential: Credential | undefined,
          passage: Passage,
        ): Headers {
          const headers = super.otherHeaders(credential, passage);
          const { href } = passage.url;
          if (passage.attempt === 1) this.#first.set(href, headers);
          return this.#first.get(href) ?? headers;
        }
      },
    ),
    newest,
  ),
  wrongClient(
    'replays nothing where you have set every header of the credential yourself',
    'takes each 401 for one of its own',
    class extends ReferenceClient {
      protected override carriesOurs(): boolean {
        return true;
      }
    },
  ),
  wrongClient(
    'does not carry a header to another origin',
    'sends its headers to everyone',
    headersBeyond(({ hop }) => hop === 0),
  ),
  wrongClient(
    redirected,
    'takes the Authorization alone off a redirect',
    headersBeyond(({ hop }) => hop > 0),
  ),
  wrongClient(
    'carries the headers along a redirect that stays in scope',
    'takes its headers off every redirect',
    class extends ReferenceClient {
      protected override otherHeaders(
        credential: Credential | undefined,
        passage: Passage,
      ): Headers {
        return passage.hop > 0 ? {} : super.otherHeaders(credential, passage);
      }
    },
  ),
  wrongClient(
    'sends no header of the credential after unbind()',
    'takes off the Authorization alone when it is unbound',
    class extends ReferenceClient {
      protected override otherHeaders(
        credential: Credential | undefined,
        passage: Passage,
      ): Headers {
        return super.otherHeaders(this.isBound ? credential : this.manager.peek(), passage);
      }
    },
  ),
  wrongClient(
    'keeps the headers out of answers, refusals and the client',
    'hands over the headers that it has sent',
    class extends ReferenceClient {
      #sent: Headers = {};

      protected override otherHeaders(
        credential: Credential | undefined,
        passage: Passage,
      ): Headers {
        this.#sent = super.otherHeaders(credential, passage);
        return this.#sent;
      }

      protected override async transmit(
        passage: Passage,
        credential?: Credential,
      ): Promise<ReferenceAnswer> {
        return Object.assign(await super.transmit(passage, credential), { sent: this.#sent });
      }
    },
  ),
  wrongClient(
    'keeps the headers out of a connection error',
    'tells in its errors what it has sent',
    class extends ReferenceClient {
      protected override async transmit(
        passage: Passage,
        credential?: Credential,
      ): Promise<ReferenceAnswer> {
        try {
          return await super.transmit(passage, credential);
        } catch (error) {
          throw Object.assign(error as Error, { sent: this.otherHeaders(credential, passage) });
        }
      }
    },
  ),
];

/** A client that sends the held headers where `isThere` says so, although that is out of scope. */
function headersBeyond(isThere: (passage: Passage) => boolean): typeof ReferenceClient {
  return class extends ReferenceClient {
    protected override otherHeaders(credential: Credential | undefined, passage: Passage): Headers {
      const isAstray = this.isBound && !this.includes(passage) && isThere(passage);
      return super.otherHeaders(isAstray ? this.manager.peek() : credential, passage);
    }
  };
}

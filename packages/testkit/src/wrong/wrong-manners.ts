/** Bindings that tell secrets, or meddle with what belongs to their callers. */
import type { Credential } from '@keyturn/core';
import type { SceneRequest } from '../conformance/binding-under-test.js';
import { bindReference } from '../conformance/reference-binding.js';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding, wrongBind, wrongClient } from './wrong-binding.js';

export const wrongManners: readonly WrongBinding[] = [
  alsoFails(
    wrongClient(
      'keeps token and key out of an answer',
      'shows what it sent in an answer',
      tellIn(({ status }) => status < 400),
    ),
    'keeps the headers out of answers, refusals and the client',
  ),
  alsoFails(
    wrongClient(
      'keeps token and key out of a refusal',
      'shows what it sent in a refusal',
      tellIn(({ status }) => status >= 400),
    ),
    'keeps the headers out of answers, refusals and the client',
  ),
  alsoFails(
    wrongClient(
      'keeps token and key out of a connection error',
      'shows what it sent in an error',
      class extends ReferenceClient {
        protected override transmit(
          passage: Passage,
          credential?: Credential,
        ): Promise<ReferenceAnswer> {
          return super.transmit(passage, credential).catch((error: object) => {
            throw Object.assign(error, { headers: this.authorization(credential, passage) });
          });
        }
      },
    ),
    'keeps the headers out of a connection error',
  ),
  alsoFails(
    wrongClient(
      'keeps token and key out of the client',
      'keeps its last token in a property',
      class extends ReferenceClient {
        last: Readonly<Record<string, string>> = {};

        protected override authorization(
          credential: Credential | undefined,
          passage: Passage,
        ): Readonly<Record<string, string>> {
          this.last = super.authorization(credential, passage);
          return this.last;
        }
      },
    ),
    'keeps the headers out of answers, refusals and the client',
  ),
  wrongClient(
    "leaves the caller's headers as they were",
    "writes into the caller's headers",
    class extends ReferenceClient {
      override async send(
        request: SceneRequest,
        beforeRetry?: () => Promise<unknown>,
      ): Promise<ReferenceAnswer> {
        const answer = await super.send(request, beforeRetry);
        request.headers['x-sent'] = 'yes';
        return answer;
      }
    },
  ),
  wrongBind(
    "leaves the caller's options as they were",
    "writes into the caller's options",
    () => (manager, setup) => {
      const binding = bindReference(manager, setup);
      (setup.origins as string[]).push('https://one-more.example');
      return binding;
    },
  ),
  wrongBind('never mixes two managers on two clients', 'keeps one manager for all clients', () => {
    let first: Parameters<typeof bindReference>[0] | undefined;
    return (manager, setup) => {
      first ??= manager;
      return bindReference(first, setup);
    };
  }),
  alsoFails(
    wrongBind(
      'passes a refusal on with "replay: false", and the next request carries a new token',
      'replays whatever the options say',
      () => (manager, setup) => bindReference(manager, { ...setup, replay: true }),
    ),
    'passes one of "refusedStatuses" on with "replay: false", and the next request carries a new token',
  ),
  wrongClient(
    "runs the caller's own hooks once per answer",
    'runs the hooks for each attempt',
    class extends ReferenceClient {
      protected override async transmit(
        passage: Passage,
        credential?: Credential,
      ): Promise<ReferenceAnswer> {
        const answer = await super.transmit(passage, credential);
        if (answer.status === 401) this.answered(answer);
        return answer;
      }
    },
  ),
  wrongClient(
    "gives a retry by the client or someone else's plugin the current token",
    'retries with the token of the first try',
    class extends ReferenceClient {
      #last: Credential | undefined;

      protected override transmit(
        passage: Passage,
        credential?: Credential,
      ): Promise<ReferenceAnswer> {
        this.#last = credential;
        return super.transmit(passage, credential);
      }

      protected override retry(passage: Passage): Promise<ReferenceAnswer> {
        return this.transmit(passage, this.#last);
      }
    },
  ),
];

function tellIn(isToldIn: (answer: ReferenceAnswer) => boolean): typeof ReferenceClient {
  return class extends ReferenceClient {
    protected override async transmit(
      passage: Passage,
      credential?: Credential,
    ): Promise<ReferenceAnswer> {
      const answer = await super.transmit(passage, credential);
      if (!isToldIn(answer)) return answer;
      return Object.assign(answer, { sent: this.authorization(credential, passage) });
    }
  };
}

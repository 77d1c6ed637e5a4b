/** Bindings that read what belongs to their caller when it may have changed. */
import type { Credential } from '@keyturn/core';
import type { SceneBody, SceneRequest } from '../conformance/binding-under-test.js';
import { encodeBody } from '../conformance/reference-body.js';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
} from '../conformance/reference-client.js';
import { type WrongBinding, wrongClient } from './wrong-binding.js';

const kinds: readonly SceneBody['kind'][] = ['bytes', 'json', 'params', 'form'];

export const wrongSnapshots: readonly WrongBinding[] = [
  wrongClient(
    'sends the headers of the call, whatever the caller does to them while it waits',
    'reads the headers when it sends',
    class extends ReferenceClient {
      protected override headersOf({ headers }: SceneRequest): Passage['headers'] {
        return headers;
      }
    },
  ),
  ...kinds.map((kind) =>
    wrongClient(
      `sends the body of the call, whatever the caller does to it while it waits: ${kind}`,
      `reads a body of the kind "${kind}" when it sends`,
      readingLate(kind),
    ),
  ),
  wrongClient(
    'takes nothing that stands on Object.prototype for an option',
    'goes by an option that its caller has not given',
    class extends ReferenceClient {
      override send(
        request: SceneRequest & { readonly baseURL?: string },
        beforeRetry?: () => Promise<unknown>,
      ): Promise<ReferenceAnswer> {
        const { baseURL, url } = request;
        const asked = baseURL === undefined ? url : new URL(new URL(url).pathname, baseURL).href;
        return super.send({ ...request, url: asked }, beforeRetry);
      }
    },
  ),
];

/** A client that encodes bodies of one kind anew for each attempt. */
function readingLate(kind: SceneBody['kind']): typeof ReferenceClient {
  return class extends ReferenceClient {
    #body: SceneBody | undefined;

    override send(
      request: SceneRequest,
      beforeRetry?: () => Promise<unknown>,
    ): Promise<ReferenceAnswer> {
      this.#body = request.body;
      return super.send(request, beforeRetry);
    }

    protected override async transmit(
      passage: Passage,
      credential?: Credential,
    ): Promise<ReferenceAnswer> {
      const isLate = passage.hop === 0 && passage.body.kind === kind;
      const body = isLate ? await encodeBody(this.#body) : passage.body;
      return super.transmit({ ...passage, body }, credential);
    }
  };
}

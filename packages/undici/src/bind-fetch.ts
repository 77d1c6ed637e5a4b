import {
  type Binding,
  type Credential,
  type CredentialManager,
  checkBindOptions,
  type OriginScope,
  originScope,
  withCredential,
} from '@keyturn/core/binding';
import {
  CredentialDispatcher,
  type CredentialDispatcherOptions,
  fetchAccess,
} from './credential-dispatcher.js';
import { FetchCall } from './fetch-call.js';
import { FetchHops } from './fetch-hops.js';
import type { FetchInit, FetchInput, FetchLike, FetchResponse, SendFetch } from './fetch-shape.js';
import { describeHeaders } from './response-headers.js';

/** What `bindFetch` takes; the same as a CredentialDispatcher, which makes the connections. */
export interface BindFetchOptions extends CredentialDispatcherOptions {}

/**
 * Returns a fetch that authenticates with the credential of `manager`: the global `fetch`, that of undici, or a function
 * around one.
 *
 * fetch has no base URL, so `origins` is required: `bindFetch(fetch, credentials, { origins: [server], tls })`. A request
 * that the server refuses is sent once more with the next credential, unless its body is a stream; of a Request, bodies
 * up to 1 MiB are kept for it. An Authorization header of the caller's own wins.
 *
 * The client certificate is on the connections that this binding makes. A `dispatcher` that the caller gives with a call
 * wins, and so does a fetch that takes none: the token goes with the request all the same. Requests to other origins stay
 * with the dispatcher of the program, unless `tls`, `agent` or `makeInner` say how to make connections.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or when `fetch` is no function.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins`; ERR_ORIGIN_INSECURE.
 */
export function bindFetch<F extends FetchLike>(
  fetch: F,
  manager: CredentialManager,
  options: BindFetchOptions = {},
): Binding<F> {
  if (typeof fetch !== 'function') {
    throw new TypeError('bindFetch takes a function such as the global fetch.');
  }
  const checked = checkBindOptions('bindFetch', options, ['agent', 'makeInner']);
  const { tls, agent, makeInner } = options;
  const bound = new BoundFetch({
    fetch: fetch as unknown as SendFetch,
    manager,
    scope: originScope(checked),
    dispatcher: new CredentialDispatcher(manager, options),
    replay: checked.replay,
    connectsEverywhere: (tls ?? agent ?? makeInner) !== undefined,
  });
  const client: SendFetch = (input, init) => bound.send(input, init);
  return {
    client: client as unknown as F,
    supports: { token: true, clientCertificate: true, replay: checked.replay },
    unbind: () => bound.unbind(),
  };
}

interface BoundFetchParts {
  readonly fetch: SendFetch;
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly dispatcher: CredentialDispatcher;
  readonly replay: boolean;
  /** Whether requests without a credential go over our connections too. */
  readonly connectsEverywhere: boolean;
}

interface Outcome {
  readonly response: FetchResponse;
  /** Whether an origin in scope refused the credential. */
  readonly isRefusal: boolean;
}

class BoundFetch {
  readonly #parts: BoundFetchParts;
  #isBound = true;

  constructor(parts: BoundFetchParts) {
    this.#parts = parts;
  }

  async send(input: FetchInput, init?: FetchInit): Promise<FetchResponse> {
    const { fetch, scope, connectsEverywhere, dispatcher } = this.#parts;
    const call = new FetchCall(input, init);
    if (this.#isBound && scope.includes(call.url)) {
      return call.bringsItsOwn ? this.#sendTheirs(call) : this.#sendOurs(call);
    }
    if (!connectsEverywhere || call.hasDispatcher) return fetch(input, init);
    return fetch(...call.request({ dispatcher: new FetchHops(dispatcher, undefined) }, false));
  }

  unbind(): void {
    this.#isBound = false;
    this.#parts.dispatcher.unbind();
  }

  /** With an Authorization of the caller's own: only the connection is ours. */
  async #sendTheirs(call: FetchCall): Promise<FetchResponse> {
    const { fetch, manager, dispatcher } = this.#parts;
    const { signal } = call;
    const held = manager.peek();
    const credential =
      held === undefined && fetchAccess.knowsCertificate(dispatcher)
        ? await manager.current({ signal })
        : held;
    return fetch(...call.request({ dispatcher: new FetchHops(dispatcher, credential) }, false));
  }

  async #sendOurs(call: FetchCall): Promise<FetchResponse> {
    const { manager, replay } = this.#parts;
    let attempts = 0;
    try {
      const { response } = await withCredential<Outcome>(
        manager,
        (credential) => this.#attempt(call, credential, attempts++ > 0),
        ({ isRefusal }) => isRefusal,
        {
          signal: call.signal,
          canReplay: () => replay && call.canReplay(),
          discard: ({ response }) => discard(response),
          describe: ({ response: { status, headers } }) => ({
            status,
            headers: describeHeaders(headers),
          }),
        },
      );
      return response;
    } finally {
      call.release();
    }
  }

  async #attempt(call: FetchCall, credential: Credential, isReplay: boolean): Promise<Outcome> {
    const { fetch, scope, dispatcher, replay } = this.#parts;
    // A replay may come after unbind(): then nothing is presented any more.
    const token = this.#isBound ? credential.token : undefined;
    const hops = new FetchHops(dispatcher, credential, token);
    if (replay && !isReplay) call.keepBody();
    const response = await fetch(...call.request({ token, dispatcher: hops }, isReplay));
    const isOurs =
      !hops.hasLeftScope && scope.includes(response.redirected ? response.url : call.url);
    return { response, isRefusal: response.status === 401 && isOurs };
  }
}

/** A refused answer up to this size is read to its end, which keeps the connection. Bytes. */
const maxDiscardedBytes = 65_536;

function discard({ headers, body }: FetchResponse): void {
  const stream = body as ReadableStream | null;
  if (typeof stream?.cancel !== 'function') return;
  const { 'content-length': length } = Object.fromEntries(headers);
  const isShort = length !== undefined && Number(length) <= maxDiscardedBytes;
  (isShort ? stream.pipeTo(new WritableStream()) : stream.cancel()).catch(() => {});
}

import {
  type Binding,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  exchangeWithCredential,
  type OptionUse,
  originScope,
  scopeThrough,
  sendUntilProcessed,
} from '@keyturn/core/binding';
import {
  CredentialDispatcher,
  type CredentialDispatcherOptions,
  fetchAccess,
} from '../dispatcher/credential-dispatcher.js';
import { socketPathIn } from '../dispatcher/inner-dispatchers.js';
import { FetchCall } from './fetch-call.js';
import {
  FetchExchange,
  type FetchRoute,
  followsItself,
  mayResend,
  sendWithHeaders,
} from './fetch-exchange.js';
import { FetchHops } from './fetch-hops.js';
import type { FetchInit, FetchInput, FetchLike, FetchResponse, SendFetch } from './fetch-shape.js';
import { PresentFetch } from './present-fetch.js';
import { RuntimeFetch } from './runtime-fetch.js';

/** What `bindFetch` takes; the same as a CredentialDispatcher, which makes the connections. */
export interface BindFetchOptions extends CredentialDispatcherOptions {}

const optionUse: OptionUse<BindFetchOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
  agent: 'taken',
  makeInner: 'taken',
  interceptors: 'taken',
};

/**
 * Returns a fetch that authenticates with the credential of `manager`: the global `fetch`, that of undici, or a function
 * around one.
 *
 * fetch has no base URL, so `origins` is required: `bindFetch(fetch, credentials, { origins: [server], tls })`. A request
 * that the server refuses is sent once more with the next credential, unless its body is a stream; of a Request, bodies
 * up to 1 MiB are kept for it. An Authorization header of the caller's own wins.
 *
 * The client certificate is on the connections that this binding makes. A `dispatcher` that the caller gives with a call
 * wins, and so does a fetch that takes none: the token goes with the request all the same. But in plain http without
 * `allowInsecure` a call goes straight to loopback, past a `dispatcher` that may be a proxy. Requests to other origins stay
 * with the dispatcher of the program, unless `tls`, `proxy`, `agent` or `makeInner` say how to make connections.
 *
 * Tests: where `fetch` was the global one, what stands in its place when a call is made is called. A MockAgent that is the
 * global dispatcher of undici answers in place of our connections, unless `makeInner` says what does.
 * Bun and Deno: their fetch takes no dispatcher, and is told by options of its own what a connection needs.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or that the fetch of this runtime could not
 * obey, or when `fetch` is no function.
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
  checkManager('bindFetch', manager);
  const checked = checkBindOptions('bindFetch', options, optionUse);
  const { tls, proxy, agent, makeInner, interceptors } = checked;
  const present = new PresentFetch(fetch as unknown as SendFetch);
  const scope = scopeThrough(originScope(checked), socketPathIn(agent));
  const runtime = RuntimeFetch.for(fetch, scope, checked);
  const bound = new BoundFetch({
    manager,
    scope,
    dispatcher: new CredentialDispatcher(manager, checked),
    replay: checked.replay,
    refusedStatuses: checked.refusedStatuses,
    allowInsecure: checked.allowInsecure,
    connectsEverywhere: (tls ?? proxy ?? agent ?? makeInner ?? interceptors) !== undefined,
  });
  const client: SendFetch = (input, init) => {
    const now = present.get(client);
    return bound.send(runtime === undefined ? now : runtime.over(now), input, init);
  };
  return {
    client: client as unknown as F,
    supports: { token: true, clientCertificate: true, replay: checked.replay },
    unbind: () => bound.unbind(),
  };
}

interface BoundFetchParts extends FetchRoute {
  readonly manager: CredentialManager;
  readonly allowInsecure: boolean;
  /** Whether requests without a credential go over our connections too. */
  readonly connectsEverywhere: boolean;
}

class BoundFetch {
  readonly #parts: BoundFetchParts;
  #isBound = true;
  readonly #isStillBound = (): boolean => this.#isBound;

  constructor(parts: BoundFetchParts) {
    this.#parts = parts;
  }

  // Not async, and nothing here is a promise of its own but that of exchangeWithCredential: each of them would show in the rate.
  send(fetch: SendFetch, input: FetchInput, init?: FetchInit): Promise<FetchResponse> {
    try {
      const call = new FetchCall(input, init, fetch);
      if (!this.#isBound || !this.#parts.scope.includes(call.url)) {
        return this.#sendNobodys(call, fetch, input, init);
      }
      if (call.bringsItsOwn) return this.#sendTheirs(call, fetch);
      if (!this.#parts.allowInsecure) call.stayHome();
      const answer = this.#sendOurs(call, fetch);
      return call.mayCopy ? answer.finally(() => call.release()) : answer;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  unbind(): void {
    this.#isBound = false;
    this.#parts.dispatcher.unbind();
  }

  #sendNobodys(
    call: FetchCall,
    fetch: SendFetch,
    input: FetchInput,
    init?: FetchInit,
  ): Promise<FetchResponse> {
    const { connectsEverywhere, dispatcher } = this.#parts;
    if (!connectsEverywhere || call.hasDispatcher) return fetch(input, init);
    return fetch(
      call.input,
      call.init({ dispatcher: new FetchHops(dispatcher, undefined) }, false),
    );
  }

  /** With an Authorization of the caller's own: the connection is ours, and headers that the caller has not set. */
  async #sendTheirs(call: FetchCall, fetch: SendFetch): Promise<FetchResponse> {
    const { manager, dispatcher, scope } = this.#parts;
    const { signal } = call;
    const held = manager.peek();
    const credential =
      held === undefined && fetchAccess.isKnownByMore(dispatcher)
        ? await manager.current({ signal })
        : held;
    const send = (): Promise<FetchResponse> => {
      const hops = new FetchHops(dispatcher, credential);
      if (credential !== undefined && followsItself(call, fetch, credential)) {
        const headers = { credential, authorization: undefined };
        return sendWithHeaders({ call, fetch, scope, hops, isReplay: false, ...headers });
      }
      return fetch(call.input, call.init({ dispatcher: hops }, false));
    };
    return sendUntilProcessed(send, { signal, mayResend: (error) => mayResend(call, error) });
  }

  #sendOurs(call: FetchCall, fetch: SendFetch): Promise<FetchResponse> {
    // A replay may come after unbind(): then nothing is presented any more.
    const exchange = new FetchExchange(this.#parts, call, fetch, this.#isStillBound);
    return exchangeWithCredential(this.#parts.manager, exchange);
  }
}

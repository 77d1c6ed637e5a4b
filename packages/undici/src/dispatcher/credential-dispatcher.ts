import {
  type BindOptions,
  type Credential,
  type CredentialManager,
  cacheIdentity,
  checkBindOptions,
  checkManager,
  connectionTrust,
  GenerationSlot,
  type OptionUse,
  type OriginScope,
  originScope,
  RedirectTrail,
  scopeThrough,
  type WaitOptions,
} from '@keyturn/core/binding';
import { type Agent, Dispatcher, errors } from 'undici';
import type { Interceptor, Who } from './composed-dispatch.js';
import type { Exchange, ExchangeKind, ExchangeRoute } from './exchange.js';
import { type DispatcherLike, type Handler, isModern } from './handler-shape.js';
import type { InnerDispatcher } from './inner-dispatcher.js';
import { InnerDispatchers, socketPathIn } from './inner-dispatchers.js';
import type { InnerTls } from './inner-tls.js';
import { LegacyExchange } from './legacy-exchange.js';
import { ModernExchange } from './modern-exchange.js';
import { hasAuthorization } from './request-headers.js';
import { keep, type RequestSnapshot, snapshotRequest, urlOf } from './request-snapshot.js';
import { WaitingRoom } from './waiting-room.js';

export interface CredentialDispatcherOptions extends BindOptions {
  /** For undici's own Agent: `connections`, `pipelining`, `allowH2`, timeouts … Its `connect` must be an object. */
  readonly agent?: Agent.Options | undefined;
  /**
   * Makes what carries the requests in place of an Agent: one for each certificate generation, and one for everything
   * that goes without a credential, with `(tls) => new ProxyAgent({ uri, requestTls: tls })` for one. For a proxy, `proxy` is enough.
   */
  readonly makeInner?: ((tls: InnerTls) => DispatcherLike) | undefined;
  /**
   * undici's interceptors, to stand between this dispatcher and the connections: caches, DNS, retries … They see each request as it
   * is sent, with its Authorization, and a cache keeps what the server has not called public for each generation of the
   * credential. In the order of `compose()`: the first is the innermost.
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
}

type Done = (error: Error | null, data: null) => void;

/**
 * What `bindFetch` does with its dispatcher beyond what everybody can: as that of a fetch which names none, it gives way to the
 * MockAgent of the program. Not exported from the package.
 */
interface FetchAccess {
  /** Tells whether the server knows this client by more than an Authorization, as far as anyone can tell by now. */
  isKnownByMore(dispatcher: CredentialDispatcher): boolean;
  /** Tells whether a request goes where the credential may go. */
  includes(dispatcher: CredentialDispatcher, request: RequestSnapshot): boolean;
  /** Sends what goes anywhere else, as nobody. */
  sendElsewhere(
    dispatcher: CredentialDispatcher,
    request: RequestSnapshot,
    handler: Handler,
  ): boolean;
  /**
   * Sends within the scope, over a connection of exactly this credential, whatever the manager holds by then, and leaves
   * headers and refusals to the caller.
   * @param who for a cache to tell identities apart
   */
  send(
    dispatcher: CredentialDispatcher,
    request: RequestSnapshot,
    handler: Handler,
    credential: Credential | undefined,
    who: Who,
  ): boolean;
}

export let fetchAccess: FetchAccess;

const optionUse: OptionUse<CredentialDispatcherOptions> = {
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
 * A dispatcher for undici that presents a rotating credential to its origins, and to nobody else: the client
 * certificate on the connection, the token on each request that has no Authorization of its own, and so each other header.
 *
 * Use it as the `dispatcher` of `undici.request` and its like, of a WebSocket, or with `setGlobalDispatcher`. Requests
 * wait for the first credential where none is held; undici's timeouts start after that wait, an abort ends it. A refused
 * request is sent once more where its body is a string, bytes, a FormData or a Blob. What `fetch` sends is a stream by
 * the time it gets here: `bindFetch` replays that.
 *
 * An Authorization of the caller's own wins and starts no load; where the source is known to give client certificates,
 * such a request still goes out under the current one, for that is how the server knows the connection.
 *
 * A redirect, followed by fetch or by undici's interceptor around this dispatcher, keeps the credential between two origins
 * in scope. A chain that began elsewhere, or has been elsewhere, stays without it to its end. An interceptor inside, of
 * `interceptors` or `makeInner`, follows none of a request in scope.
 *
 * In plain http without `allowInsecure` a request in scope goes straight to loopback, past `proxy` and what `makeInner` makes.
 *
 * When the certificate rotates, new requests get new connections, idle old ones close and busy ones end with their
 * request. An upgraded socket belongs to its owner and stays; listen to `rotated` on the manager to reconnect.
 */
export class CredentialDispatcher extends Dispatcher {
  readonly #manager: CredentialManager;
  readonly #scope: OriginScope;
  readonly #inners: InnerDispatchers;
  readonly #slot: GenerationSlot<InnerDispatcher>;
  readonly #route: ExchangeRoute;
  readonly #cuts: boolean;
  /** Whether what goes in clear text has to go past the proxy, and the dispatchers of the caller, which may be some. */
  readonly #staysHome: boolean;
  /** Whether the server knows this client by more than an Authorization, as far as anyone can tell by now. */
  #isKnownByMore = false;
  #isBound = true;
  #isClosed = false;
  #isDestroyed = false;

  /**
   * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
   * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins`; ERR_ORIGIN_INSECURE.
   */
  constructor(manager: CredentialManager, options: CredentialDispatcherOptions) {
    checkManager('CredentialDispatcher', manager);
    const checked = checkBindOptions('CredentialDispatcher', options, optionUse);
    const { tls, proxy, agent, makeInner, interceptors } = checked;
    const scope = scopeThrough(originScope(checked), socketPathIn(agent));
    super();
    const trust = connectionTrust(tls);
    const { drainTimeoutMs } = checked;
    const inners = new InnerDispatchers(
      {
        ...{ tls, trust, proxy, drainTimeoutMs, agent, makeInner, interceptors },
        identityOf: (who) => identityOf(manager, who),
      },
      this,
    );
    this.#manager = manager;
    this.#scope = scope;
    this.#inners = inners;
    this.#cuts = drainTimeoutMs !== undefined;
    this.#staysHome = (makeInner ?? proxy) !== undefined && !checked.allowInsecure;
    this.#slot = new GenerationSlot(manager, {
      create: (credential, held) => inners.make(credential, held),
      // Nothing is cut but for a rotation.
      close: (inner) => inner.drain(this.#route.isOpen() ? drainTimeoutMs : undefined),
      trust,
    });
    this.#route = {
      manager,
      trail: new RedirectTrail(),
      replay: checked.replay,
      refusedStatuses: checked.refusedStatuses,
      waiting: new WaitingRoom(),
      isOpen: () => this.#isBound && !this.#isClosed,
      innerFor: (credential, request) => this.#innerFor(credential, request),
    };
    this.#bindMethods();
  }

  /** Whether `close()` or `destroy()` has been called. */
  get closed(): boolean {
    return this.#isClosed;
  }

  get destroyed(): boolean {
    return this.#isDestroyed;
  }

  /**
   * Resolves once a credential is held, so that the first requests need not wait.
   * @throws {CredentialError} the failure of the source, with its own code.
   */
  async ready(options?: WaitOptions): Promise<void> {
    await this.#manager.current(options);
  }

  /** What undici's own WebSocket and EventSource ask their dispatcher: the settings of `agent`, or undici's. */
  get webSocketOptions(): unknown {
    return this.#inners.elsewhere.settings.webSocketOptions;
  }

  get eventSourceOptions(): unknown {
    return this.#inners.elsewhere.settings.eventSourceOptions;
  }

  /** Dispatches a request, as undici's own dispatchers do. Takes handlers of the old kind and of the present one. */
  override dispatch(request: object, handler: object): boolean {
    assertHandler(handler);
    if (this.#isClosed) return this.#refuse(handler);
    const options = snapshotRequest(request);
    if (!this.#includes(options)) return this.#goAsNobody(options, handler, this.#inners.elsewhere);
    if (!this.#isBound) return this.#inners.anonymous.dispatch(options, handler, 'nobody');
    const before = this.#route.trail.bearerBefore(() => urlOf(options));
    if (before === 'nobodys') return this.#goAsNobody(options, handler, this.#inners.anonymous);
    this.#followNone(options);
    keep(options);
    // A chain that began with an Authorization of the caller's own gets none of ours when fetch has taken that away.
    if (before !== 'theirs' && !hasAuthorization(options.headers)) {
      return this.#exchange(options, handler, 'ours').begin();
    }
    const exchange = this.#exchange(options, handler, 'theirs');
    return this.#isKnownByMore ? exchange.begin() : exchange.beginWith(this.#manager.peek());
  }

  /** Stops presenting anything. Idle connections that were made with a credential close, busy ones after their request. */
  unbind(): void {
    if (!this.#isBound) return;
    this.#isBound = false;
    this.#slot.close();
    for (const exchange of this.#route.waiting) exchange.unbind();
  }

  /** Takes no more requests, and leaves the manager. Done when those under way have been answered. */
  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: Done): Promise<void> | void {
    return settle(this.#close(), callback);
  }

  /** Fails every request, those that wait for a credential too, with `error`, and leaves the manager. */
  override destroy(): Promise<void>;
  override destroy(error: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(error?: Error | Done | null, callback?: Done): Promise<void> | void {
    if (typeof error === 'function') return settle(this.#destroy(null), error);
    return settle(this.#destroy(error ?? null), callback);
  }

  /** What `compose()` returns is a proxy: called on it, methods would look for our private fields in vain. */
  #bindMethods(): void {
    for (const name of ['close', 'destroy', 'ready', 'unbind'] as const) {
      const value = this[name].bind(this);
      Object.defineProperty(this, name, { value, configurable: true, writable: true });
    }
  }

  async #close(): Promise<void> {
    if (this.#isDestroyed) throw new errors.ClientDestroyedError();
    this.#isClosed = true;
    await this.#route.waiting.empty();
    this.#slot.close();
    this.#inners.close();
    await this.#inners.ended();
  }

  async #destroy(error: Error | null): Promise<void> {
    this.#isClosed = true;
    this.#isDestroyed = true;
    for (const exchange of this.#route.waiting) {
      exchange.abort(error ?? new errors.ClientDestroyedError());
    }
    // Before they are closed: an Agent that is closing cuts nothing.
    this.#inners.destroy(error);
    this.#slot.close();
    await this.#inners.ended();
  }

  #innerFor(credential: Credential | undefined, { origin }: RequestSnapshot): InnerDispatcher {
    const isNobodys = credential === undefined || !this.#isBound;
    if (!isNobodys) {
      this.#isKnownByMore = (credential.clientCertificate ?? credential.headers) !== undefined;
    }
    const inner = isNobodys ? this.#inners.anonymous : this.#slot.current(credential);
    const goesHome = this.#staysHome && String(origin).startsWith('http:') && !inner.isMock;
    return goesHome ? this.#inners.home : inner;
  }

  #goAsNobody(options: RequestSnapshot, handler: Handler, inner: InnerDispatcher): boolean {
    if (!this.#isBound) return inner.dispatch(options, handler);
    return this.#exchange(options, handler, 'nobodys').beginThrough(inner);
  }

  /** An interceptor that follows redirects inside would present the certificate wherever they lead; outside it may. */
  #followNone(options: RequestSnapshot): void {
    if (this.#inners.areTheirs) options.maxRedirections = 0;
  }

  /** An origin that is neither text nor a URL is nobody's, and undici refuses it. */
  #includes({ origin }: RequestSnapshot): boolean {
    return typeof origin === 'string' && this.#scope.includes(origin);
  }

  #exchange(options: RequestSnapshot, handler: Handler, kind: ExchangeKind): Exchange {
    return isModern(handler)
      ? new ModernExchange(this.#route, options, handler, kind)
      : new LegacyExchange(this.#route, options, handler, kind);
  }

  #refuse(handler: Handler): boolean {
    const error = this.#isDestroyed
      ? new errors.ClientDestroyedError()
      : new errors.ClientClosedError();
    if (isModern(handler)) handler.onResponseError?.(undefined, error);
    else handler.onError?.(error);
    return false;
  }

  static {
    fetchAccess = {
      isKnownByMore: (dispatcher) => dispatcher.#isKnownByMore,
      includes: (dispatcher, request) => dispatcher.#includes(request),
      sendElsewhere: (dispatcher, request, handler) => {
        const { mock, elsewhere } = dispatcher.#inners;
        return (mock ?? elsewhere).dispatch(request, handler);
      },
      send: (dispatcher, request, handler, credential, who) => {
        dispatcher.#followNone(request);
        const { mock } = dispatcher.#inners;
        if (mock !== undefined) return mock.dispatch(request, handler, who);
        // What is never cut needs nobody between undici and fetch: the inner dispatcher closes after its last request.
        if (!dispatcher.#cuts) {
          return dispatcher.#innerFor(credential, request).dispatch(request, handler, who);
        }
        return dispatcher.#exchange(request, handler, 'theirs').beginOnceWith(credential);
      },
    };
  }
}

/** Nobody knows whether an Authorization of a caller's own was there before. */
function identityOf(manager: CredentialManager, who: Who): string {
  if (who === 'nobody') return who;
  return who === 'theirs' ? globalThis.crypto.randomUUID() : cacheIdentity(manager, who.generation);
}

function assertHandler(handler: Handler): void {
  const { onError, onResponseError } = handler as Partial<
    Record<'onError' | 'onResponseError', unknown>
  >;
  // Without one of them a request that fails would fail in silence.
  if (typeof onError !== 'function' && typeof onResponseError !== 'function') {
    throw new errors.InvalidArgumentError('invalid onError method');
  }
}

function settle(ending: Promise<void>, callback: Done | undefined): Promise<void> | undefined {
  if (callback === undefined) return ending;
  ending.then(
    () => callback(null, null),
    (error: Error) => callback(error, null),
  );
  return undefined;
}

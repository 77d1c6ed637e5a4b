import {
  type Binding,
  type BindOptions,
  type Credential,
  type CredentialManager,
  cacheIdentity,
  checkBindOptions,
  checkManager,
  exchangeWithCredential,
  isTrustSource,
  memberOf,
  type OptionUse,
  type OriginScope,
  originScope,
} from '@keyturn/core/binding';
import { Attempt, type Call } from './attempt.js';
import { type AxiosCopy, copyOf } from './axios-copy.js';
import { AxiosExchange, type ExchangeParts } from './axios-exchange.js';
import type {
  Adapter,
  AxiosLike,
  HeaderBag,
  RequestConfig,
  RequestInterceptor,
} from './axios-shape.js';
import { identifyCacheKeys } from './cache-keys.js';
import { callerAbort } from './caller-abort.js';
import { copyConfig, snapshotConfig } from './copy-config.js';
import { type ConnectionSetting, CredentialTransport, settingIn } from './credential-transport.js';
import { hasDispatcher, takesFetch } from './home-adapter.js';
import { RequestUrls } from './request-url.js';

const optionUse: OptionUse<BindOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
};

/**
 * Puts the current credential on every request of `client` that goes to its origins: the token as a header, the client
 * certificate on the connection. A request that the server refuses is sent once more with the next credential.
 *
 * Interceptors, `validateStatus` and plug-ins such as axios-retry see one answer per request and never the token: it
 * stands in a copy of the configuration that lives as long as one attempt. An Authorization header or `auth` of the
 * caller's own wins, and so does an `httpsAgent` given with a request. `timeout` also bounds the wait for a credential.
 *
 * A chain of redirects that began out of scope, or has left it, stays without the credential to its end. In plain http
 * without `allowInsecure` a request with the token goes straight to loopback, past every proxy; a `socketPath` has to be
 * named in `origins`.
 *
 * The certificate is presented by the http adapter; `adapter: 'fetch'` carries the token only. With `httpVersion: 2` each
 * certificate has sessions of its own, which are ours and not those of axios, and an idle one closes after its
 * `sessionTimeout`; `http2Options` with a `createConnection`, `secureContext`, `cert`, `key` or `pfx` are left alone.
 *
 * What the server has certainly not processed is sent again, up to six times, and once what may be repeated when a connection
 * that was kept breaks under it. A `client.defaults.httpsAgent` of Node's own class lends its options; one of another class stays in place,
 * and `supports.clientCertificate` is then false.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or when `client` is no axios client.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins` and without an absolute `baseURL`; ERR_ORIGIN_INSECURE.
 */
export function bindAxios<C extends AxiosLike>(
  client: C,
  manager: CredentialManager,
  options: BindOptions = {},
): Binding<C> {
  if (typeof client?.interceptors?.request?.use !== 'function') {
    throw new TypeError('bindAxios takes an axios client, such as axios.create() returns.');
  }
  checkManager('bindAxios', manager);
  const checked = checkBindOptions('bindAxios', options, optionUse);
  const scope = originScope(checked, memberOf(client.defaults, 'baseURL') as string | undefined);
  const copy = copyOf(client);
  const usesFetch = usesFetchByDefault(client, copy);
  const setting = settingIn(checked);
  if (usesFetch && setting !== undefined && !hasDispatcher(client.defaults)) {
    throw fetchTakesNo(setting);
  }
  const transport = new CredentialTransport(client, copy, manager, scope, checked);
  if (!transport.presentsCertificate && isTrustSource(checked.tls?.ca)) {
    throw new TypeError(strangersTrust);
  }
  if (!transport.presentsCertificate && checked.proxy !== undefined) {
    throw new TypeError(strangersProxy);
  }
  const { replay, refusedStatuses } = checked;
  const bound = new BoundAdapters({ manager, scope, transport, copy, replay, refusedStatuses });
  const releaseKeys = identifyCacheKeys(client, () => cacheIdentity(manager));
  const { request } = client.interceptors;
  const id = request.use(
    ...([bound.intercept, undefined, { synchronous: true }] as unknown as never[]),
  );
  return {
    client,
    supports: {
      token: true,
      clientCertificate: transport.presentsCertificate && !usesFetch,
      replay,
    },
    unbind: () => {
      // With settings for connections the interceptor stays: without them the client could not go on.
      if (setting === undefined) request.eject(id);
      releaseKeys();
      bound.unbind();
      transport.unbind();
    },
  };
}

function fetchTakesNo(option: ConnectionSetting): TypeError {
  return new TypeError(
    `Option "${option}" says nothing to the adapter "fetch", which takes no agent. Leave the adapter to axios, or give it "fetchOptions: { dispatcher }" with a CredentialDispatcher of @keyturn/undici, and no "${option}" here.`,
  );
}

const strangersTrust =
  'Option "tls.ca" of bindAxios cannot be a trust source where "defaults.httpsAgent" is an agent of another class: that makes its connections itself, and trusts whom it was made with. Leave the agent out, or give it its authorities.';

const strangersProxy =
  'Option "proxy" of bindAxios says nothing where "defaults.httpsAgent" is an agent of another class, which makes its connections itself. Leave the agent out, or tell it the proxy.';

/** Whether requests without an adapter of their own go through fetch. */
function usesFetchByDefault(client: AxiosLike, copy: AxiosCopy): boolean {
  const adapter = memberOf(client.defaults, 'adapter');
  if (adapter === undefined) return false;
  const defaults = client.defaults as unknown as RequestConfig;
  return takesFetch(copy, copy.resolve(adapter, defaults), defaults);
}

interface BoundParts extends ExchangeParts {
  readonly copy: AxiosCopy;
  readonly manager: CredentialManager;
}

/** Wraps the adapter of each request: the innermost place, where the body is ready and nobody has seen an answer yet. */
class BoundAdapters {
  readonly #parts: BoundParts;
  readonly #urls: RequestUrls;
  // A plug-in that sends `error.config` again brings an adapter that is wrapped already.
  readonly #wrapped = new WeakSet<object>();
  /** Of the latest request: they all have the same adapter, as a rule, and one that is wrapped once costs nothing. */
  #latest: { readonly adapter: unknown; readonly wrapped: Adapter } | undefined;
  #isBound = true;

  constructor(parts: BoundParts) {
    this.#parts = parts;
    this.#urls = new RequestUrls(parts.copy);
  }

  readonly intercept: RequestInterceptor = (config) => {
    const adapter = memberOf(config, 'adapter') ?? this.#parts.copy.defaultAdapter;
    if (typeof adapter === 'function' && this.#wrapped.has(adapter)) return config;
    const wrapped = this.#wrap(adapter);
    // This object is axios' own, made for this request, unless an interceptor has put one of the caller's in its place.
    if (Object.isFrozen(config)) return copyConfig(config, { adapter: wrapped });
    Reflect.set(config, 'adapter', wrapped);
    return config;
  };

  unbind(): void {
    this.#isBound = false;
  }

  #wrap(adapter: unknown): Adapter {
    if (this.#latest !== undefined && isSameAdapter(this.#latest.adapter, adapter)) {
      return this.#latest.wrapped;
    }
    const { copy } = this.#parts;
    let constant: Adapter | undefined;
    const wrapped: Adapter = (request) => {
      try {
        const resolved = constant ?? copy.resolve(adapter, request);
        if (copy.isHttp(resolved)) constant = resolved;
        return this.#send(request, resolved);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    this.#wrapped.add(wrapped);
    this.#latest = { adapter, wrapped };
    return wrapped;
  }

  // Not async: at this rate each promise shows.
  #send(config: RequestConfig, adapter: Adapter): ReturnType<Adapter> {
    const { scope, transport, copy } = this.#parts;
    const judged = snapshotConfig(config);
    const url = this.#urls.of(judged);
    if (url === undefined) return adapter(config);
    const isInScope = this.#isBound && includes(scope, judged, url);
    const setting = transport.settingFor(url, isInScope);
    const mayFetch = setting === undefined || hasDispatcher(judged);
    if (!mayFetch && takesFetch(copy, adapter, judged)) {
      return Promise.reject(fetchTakesNo(setting));
    }
    const call = { config, judged };
    if (isInScope && !bringsItsOwn(judged, url)) return this.#sendOurs(call, url, adapter);
    if (isInScope && !isAnonymous(judged, url)) return this.#sendTheirs(call, url, adapter);
    const changes = transport.anonymousConfigFor(judged, url);
    if (changes === undefined) return adapter(config);
    return new Attempt(call, changes, this.#parts, isInScope).run(adapter);
  }

  /** With an Authorization of the caller's own: what else the credential has goes along, and is waited for once it is known. */
  #sendTheirs(call: Call, url: URL, adapter: Adapter): ReturnType<Adapter> {
    const { manager, transport } = this.#parts;
    const held = manager.peek();
    const send = (credential: Credential | undefined): ReturnType<Adapter> => {
      const carried = this.#isBound && credential?.headers !== undefined ? credential : undefined;
      const changes = transport.configFor(call.judged, url, carried && adapter);
      const attempt = new Attempt(call, changes, this.#parts, true);
      // With nothing of ours, it is the caller's own business what fetch does.
      if (carried === undefined) return attempt.run(adapter);
      attempt.addOthers(carried);
      return attempt.run(transport.adapterFor(call.judged, url, adapter, true));
    };
    if (held !== undefined || !transport.givesHeaders) return send(held);
    const { signal, release } = callerAbort(call.config, this.#parts.copy);
    return manager.current({ signal }).then(send).finally(release);
  }

  #sendOurs({ config, judged }: Call, url: URL, adapter: Adapter): ReturnType<Adapter> {
    const { signal, release } = callerAbort(config, this.#parts.copy);
    const exchange = new AxiosExchange(this.#parts, { config, judged, url, adapter, signal });
    const answer = exchangeWithCredential(this.#parts.manager, exchange);
    return release === undefined ? answer : answer.finally(release);
  }
}

/** axios copies a list for each request; `isSameAdapter` is true for copies of one. */
function isSameAdapter(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

/** A socket path leads past host and port of the URL, to whoever listens there; so does one of an agent. */
function includes(scope: OriginScope, config: RequestConfig, url: URL): boolean {
  const agent = url.protocol === 'http:' ? config.httpAgent : config.httpsAgent;
  const socketPath = config.socketPath ?? socketPathOf(agent);
  return socketPath ? scope.includesSocket(socketPath) : scope.includes(url);
}

function socketPathOf(agent: unknown): unknown {
  const { options } = (agent ?? {}) as { readonly options?: object };
  return options && memberOf(options, 'socketPath');
}

/** Tells whether the request says itself who is asking. */
function bringsItsOwn(config: RequestConfig, url: URL): boolean {
  return hasBasicAuth(config, url) || hasAuthorization(config.headers);
}

/** As `headers.has()`, which turns every name into lower case first. */
function hasAuthorization(headers: HeaderBag): boolean {
  for (const name of Object.keys(headers)) {
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    return headers[name as keyof HeaderBag] !== undefined;
  }
  return false;
}

/** Tells whether a request that brings its own says: nobody. That is `headers: { Authorization: false }`. */
function isAnonymous(config: RequestConfig, url: URL): boolean {
  return !hasBasicAuth(config, url) && !config.headers.get('Authorization');
}

function hasBasicAuth({ auth }: RequestConfig, { username, password }: URL): boolean {
  return Boolean(auth) || username !== '' || password !== '';
}

import type { Agent } from 'node:http';
import {
  type BindOptions,
  type CheckedBindOptions,
  type CredentialManager,
  memberOf,
  type OriginScope,
  snapshot,
} from '@keyturn/core/binding';
import {
  type CredentialAgentOptions,
  Http2AgentPool,
  homeAgent,
  isCredentialAgent,
  optionsOfNodeAgent,
  plainTunnelAgent,
  sealingAgent,
} from '@keyturn/https';
import type { AxiosCopy } from './axios-copy.js';
import type { Adapter, AxiosLike, RedirectOptions, RequestConfig } from './axios-shape.js';
import { homeAdapter, shieldedAdapter } from './home-adapter.js';
import { Http2Transport } from './http2-transport.js';
import { chooseProxy, type ProxyEnvironment } from './proxy-choice.js';
import { isTunnellingAgent, TunnellingAgent } from './tunnelling-agent.js';

/** What the transport changes in the configuration of a request. */
type TransportConfig = Pick<
  RequestConfig,
  | 'fetchOptions'
  | 'httpAgent'
  | 'httpsAgent'
  | 'httpVersion'
  | 'http2Options'
  | 'proxy'
  | 'transport'
>;

/** Before 1.13 axios takes `httpVersion` for nothing, and so do we. */
const withoutHttp2 = /^1\.([0-9]|1[0-2])\./;

/** An option that says how connections are made. */
export type ConnectionSetting = 'tls' | 'proxy';

/** Chooses the way to the server for each request in scope: agent and proxy. */
export class CredentialTransport {
  /** Whether requests without an agent of their own present the client certificate. */
  readonly presentsCertificate: boolean;
  readonly #makeAgent: (proxyOption: unknown) => TunnellingAgent;
  readonly #routes = new Map<string, Route>();
  /** Of the latest request that carries the credential: a client has one setting for its proxy, as a rule. */
  #latest: { readonly proxy: unknown; readonly route: Route };
  readonly #copy: AxiosCopy;
  readonly #replaced: unknown;
  readonly #allowInsecure: boolean;
  #givesHeaders = false;
  /** What of the binding says how to connect over https. */
  readonly #setting: ConnectionSetting | undefined;
  /** For what goes through the proxy of the binding in clear text. */
  readonly #plainAgent: Agent | undefined;
  readonly #makePool: (agent: TunnellingAgent) => Http2AgentPool;

  constructor(
    client: AxiosLike,
    copy: AxiosCopy,
    manager: CredentialManager,
    scope: OriginScope,
    options: CheckedBindOptions,
  ) {
    this.#copy = copy;
    this.#replaced = memberOf(client.defaults, 'httpsAgent');
    this.#allowInsecure = options.allowInsecure;
    this.#setting = settingIn(options);
    const inherited: InheritedOptions | undefined = optionsOfNodeAgent(this.#replaced);
    this.presentsCertificate = inherited !== undefined;
    const { proxyEnv, ...agent } = snapshot(inherited ?? {});
    const { tls, allowInsecure, drainTimeoutMs, proxy } = options;
    this.#plainAgent = plainTunnelAgent(options);
    const agentSettings = {
      header: false,
      origins: scope.origins,
      tls,
      allowInsecure,
      drainTimeoutMs,
      proxy,
      agent,
    };
    this.#makeAgent = (proxyOption) =>
      new TunnellingAgent(manager, agentSettings, (target) =>
        chooseProxy(target, proxyOption, proxyEnv ?? process.env),
      );
    this.#makePool = (agent) =>
      new Http2AgentPool({
        manager,
        scope,
        agent,
        drainTimeoutMs,
        idleTimeoutOf: sessionTimeoutMs,
      });
    // Made now, so that a wrong setting fails here and not at a request.
    this.#latest = { proxy: undefined, route: this.#routeOf('credential', undefined) };
  }

  /**
   * Returns what to change for a request that carries the credential to `url`, or comes with an Authorization.
   * @param adapter of a request that carries more headers of the credential than an Authorization
   */
  configFor(config: RequestConfig, url: URL, adapter?: Adapter | false): TransportConfig {
    this.#givesHeaders = Boolean(adapter);
    const changes = this.#wayTo(config, url);
    // A fetch or a dispatcher of the caller's own would take them along wherever a redirect leads.
    return adapter && this.#copy.isFetch(adapter, config)
      ? { ...changes, fetchOptions: { ...config.fetchOptions, redirect: 'manual' } }
      : changes;
  }

  #wayTo(config: RequestConfig, url: URL): TransportConfig {
    if (url.protocol === 'http:') {
      // A request that must not leave this machine must not visit a proxy either, whoever asks for one.
      return this.#allowInsecure
        ? {
            ...this.#plainWay(config),
            httpAgent: sealingAgent(config.httpAgent ?? this.#plainAgent),
          }
        : { proxy: false, httpAgent: sealingAgent(homeAgent(config.httpAgent)) };
    }
    if (this.#isOurs(config)) return this.#through('credential', config);
    return isCredentialAgent(config.httpsAgent)
      ? {}
      : { httpsAgent: sealingAgent(config.httpsAgent) };
  }

  /**
   * Returns the adapter for a request in scope: one that leaves no choice of proxies to fetch, where there must be none,
   * and takes nothing from Object.prototype.
   * @param hasHeaders whether the credential has more headers than an Authorization
   */
  adapterFor(config: RequestConfig, url: URL, adapter: Adapter, hasHeaders: boolean): Adapter {
    const shielded = shieldedAdapter(this.#copy, adapter, config, hasHeaders);
    return url.protocol === 'https:' || this.#allowInsecure
      ? shielded
      : homeAdapter(this.#copy, shielded, config);
  }

  /** Returns what to change for a request that goes to `url` as nobody: whom to trust is no part of the credential. */
  anonymousConfigFor(config: RequestConfig, url: URL): TransportConfig | undefined {
    if (this.#setting === undefined || !this.#isOurs(config)) return undefined;
    // A redirect may lead from there to https. Its own way is the client's, unless the binding names a proxy.
    return url.protocol === 'http:'
      ? { ...this.#plainWay(config), httpsAgent: this.#routeOf('nobody', config.proxy).agent }
      : this.#through('nobody', config);
  }

  #plainWay({ httpAgent = this.#plainAgent }: RequestConfig): TransportConfig {
    return this.#plainAgent === undefined ? {} : { httpAgent, proxy: false };
  }

  /**
   * Returns the agents for the next hop of a redirect.
   * @param given those that axios would take
   */
  agentsFor(
    config: RequestConfig,
    given: RedirectOptions['agents'],
    isInScope: boolean,
  ): NonNullable<RedirectOptions['agents']> {
    if (isInScope && !this.#allowInsecure) return { ...given, http: homeAgent(given?.http) };
    const http = given?.http ?? this.#plainAgent;
    if (isInScope || !this.#isOurs(config)) return { ...given, http };
    return { ...given, http, https: this.#routeOf('nobody', config.proxy).agent };
  }

  unbind(): void {
    for (const { agent, pool } of this.#routes.values()) {
      agent.unbind();
      pool?.close();
    }
  }

  get #knowsHttp2(): boolean {
    return !withoutHttp2.test(this.#copy.version ?? '');
  }

  /** Whether the credential had headers beside its token, the last time. */
  get givesHeaders(): boolean {
    return this.#givesHeaders;
  }

  /** The option of the binding that says how to connect to `url`, and that nothing but an agent of ours obeys. */
  settingFor(url: URL, isInScope: boolean): ConnectionSetting | undefined {
    if (url.protocol === 'https:') return this.#setting;
    const goesHome = isInScope && !this.#allowInsecure;
    return this.#plainAgent === undefined || goesHome ? undefined : 'proxy';
  }

  /** An agent that the caller gave for this request is left alone. */
  #isOurs({ httpsAgent }: RequestConfig): boolean {
    if (!this.presentsCertificate) return false;
    if (isTunnellingAgent(httpsAgent)) return !httpsAgent.isBound;
    return httpsAgent === undefined || httpsAgent === this.#replaced;
  }

  #through(
    who: 'credential' | 'nobody',
    { proxy, httpVersion, http2Options }: RequestConfig,
  ): TransportConfig {
    const route = who === 'credential' ? this.#credentialRoute(proxy) : this.#routeOf(who, proxy);
    if (Number(httpVersion) !== 2 || !this.#knowsHttp2 || connectsItself(http2Options)) {
      return route.changes;
    }
    route.pool ??= this.#makePool(route.agent);
    const transport = new Http2Transport(route.pool, snapshot({ ...http2Options }));
    // With 2 axios takes a transport of its own.
    return { ...route.changes, httpVersion: 1, transport };
  }

  #credentialRoute(proxy: unknown): Route {
    // An object may have changed since.
    if (this.#latest.proxy !== proxy || typeof proxy === 'object') {
      this.#latest = { proxy, route: this.#routeOf('credential', proxy) };
    }
    return this.#latest.route;
  }

  #routeOf(who: 'credential' | 'nobody', proxy: unknown): Route {
    const key = `${who}:${proxy ? JSON.stringify(proxy) : proxy}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const agent = this.#makeAgent(proxy);
    if (who === 'nobody') agent.unbind();
    // The agent finds the way through a proxy itself.
    const route: Route = { agent, changes: { httpsAgent: agent, proxy: false }, pool: undefined };
    this.#routes.set(key, route);
    return route;
  }
}

/** Returns which of the options says how to connect. */
export function settingIn({ tls, proxy }: BindOptions): ConnectionSetting | undefined {
  if (tls !== undefined) return 'tls';
  return proxy === undefined ? undefined : 'proxy';
}

/** An agent, and what has requests go through it. */
interface Route {
  readonly agent: TunnellingAgent;
  readonly changes: TransportConfig;
  /** Its sessions, once one is asked for. */
  pool: Http2AgentPool | undefined;
}

/** Tells whether the caller has chosen for this request how to connect, or as whom. */
function connectsItself(options: object = {}): boolean {
  const given: Record<string, unknown> = snapshot({ ...options });
  return ['createConnection', 'secureContext', 'cert', 'key', 'pfx'].some(
    (name) => given[name] !== undefined,
  );
}

/** As axios has it: an idle session closes after a second, where nobody says otherwise. Milliseconds. */
function sessionTimeoutMs(options: object): number | undefined {
  const { sessionTimeout = 1000 } = options as { readonly sessionTimeout?: number | null };
  return sessionTimeout ?? undefined;
}

type InheritedOptions = NonNullable<CredentialAgentOptions['agent']> & {
  readonly proxyEnv?: ProxyEnvironment;
};

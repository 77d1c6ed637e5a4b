import type { CredentialManager } from '@keyturn/core/binding';
import {
  CredentialAgent,
  type CredentialAgentOptions,
  type ProxyTunnels,
  sealHeaders,
} from '@keyturn/https';

/** Returns the URL of the proxy on the way to `target`, or undefined. */
export type ProxyChoice = (target: URL) => string | undefined;

type ConnectionOptions = Parameters<CredentialAgent['createConnection']>[0];

const brand = Symbol.for('@keyturn/axios/TunnellingAgent');

/** Tells whether `value` is a TunnellingAgent, also one of another copy of this package. */
export function isTunnellingAgent(value: unknown): value is TunnellingAgent {
  return typeof value === 'object' && value !== null && brand in value;
}

/**
 * A CredentialAgent whose connections go through a proxy where there is one.
 *
 * axios replaces an agent by one of its own where it finds a proxy, and the client certificate gets lost; axios 1.7 even
 * sends an https request to the proxy in clear text, token included. Here the proxy is asked for a tunnel, and the
 * connection inside it is made like any other.
 */
export class TunnellingAgent extends CredentialAgent {
  readonly #chooseProxy: ProxyChoice;
  readonly #known = new Map<string, ProxyTunnels>();
  #isBound = true;

  constructor(
    manager: CredentialManager,
    options: CredentialAgentOptions,
    chooseProxy: ProxyChoice,
  ) {
    super(manager, options);
    this.#chooseProxy = chooseProxy;
  }

  get isBound(): boolean {
    return this.#isBound;
  }

  override unbind(): void {
    this.#isBound = false;
    super.unbind();
  }

  // axios has made the options for this request, and turned everything in its headers into text.
  override addRequest(...[request, options]: Parameters<CredentialAgent['addRequest']>): void {
    sealHeaders(request, options);
    super.addRequest(request, options);
  }

  /** What the binding was given goes before what the client and the environment say. */
  protected override tunnelsTo(options: ConnectionOptions): ProxyTunnels | undefined {
    return super.tunnelsTo(options) ?? (options.socketPath ? undefined : this.#chosen(options));
  }

  #chosen({ host, port }: ConnectionOptions): ProxyTunnels | undefined {
    const name = String(host);
    const proxy = this.#chooseProxy(
      new URL(`https://${name.includes(':') ? `[${name}]` : name}:${port}`),
    );
    if (proxy === undefined) return undefined;
    const tunnels = this.#known.get(proxy) ?? this.tunnelsThrough(proxy);
    this.#known.set(proxy, tunnels);
    return tunnels;
  }

  static {
    Object.defineProperty(TunnellingAgent.prototype, brand, { value: true });
  }
}

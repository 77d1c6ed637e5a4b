import type { Duplex } from 'node:stream';
import type { CredentialManager } from '@keyturn/core/binding';
import { CredentialAgent, type CredentialAgentOptions, sealHeaders } from '@keyturn/https';
import { ProxyTunnel } from './proxy-tunnel.js';

/** Returns the proxy on the way to `target`, or undefined. */
export type ProxyChoice = (target: URL) => URL | undefined;

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

  protected override openTransport({
    host,
    port,
    socketPath,
  }: ConnectionOptions): Duplex | undefined {
    if (socketPath) return undefined;
    const name = String(host);
    const proxy = this.#chooseProxy(
      new URL(`https://${name.includes(':') ? `[${name}]` : name}:${port}`),
    );
    return proxy === undefined ? undefined : new ProxyTunnel(proxy, name, port ?? 443);
  }

  static {
    Object.defineProperty(TunnellingAgent.prototype, brand, { value: true });
  }
}

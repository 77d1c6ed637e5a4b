import type { SecureClientSessionOptions } from 'node:http2';
import {
  type CredentialAgent,
  http2ConnectorOf,
  negotiateProtocol,
  trustOf,
  tunnelOf,
} from '@keyturn/https';
import { SharedWait } from './shared-wait.js';

/** More servers than a program asks; one that invents a new one per request must not fill the memory. */
const maxKnown = 100;

type Protocol = string | false;

/** Knows which protocol each server speaks. It asks as the binding does: got would ask as nobody, and trust others. */
export class Http2Protocols {
  readonly #known = new Map<string, Protocol>();
  readonly #asking = new Map<string, SharedWait<Protocol>>();

  /**
   * Resolves with the name of the protocol, as ALPN has it, or false where the server does not say.
   * @param signal leaves the wait; the connection is given up when nobody else waits for it
   */
  async of(
    agent: CredentialAgent,
    authority: URL,
    options: SecureClientSessionOptions,
    signal?: AbortSignal,
  ): Promise<Protocol> {
    const key = keyOf(authority, options);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const asked = this.#asking.get(key);
    const wait = asked?.isOver === false ? asked : this.#ask(key, agent, authority, options);
    return wait.join(signal);
  }

  /** Asks again before the next request: the server may have changed its ways. */
  forget(authority: URL, options: SecureClientSessionOptions): void {
    this.#known.delete(keyOf(authority, options));
  }

  #ask(
    key: string,
    agent: CredentialAgent,
    authority: URL,
    options: SecureClientSessionOptions,
  ): SharedWait<Protocol> {
    const wait: SharedWait<Protocol> = new SharedWait(async (signal) => {
      try {
        const giveUp: object = { signal };
        const protocol = await negotiateProtocol(
          (...to) => http2ConnectorOf(agent)(...to),
          authority,
          { ...options, ...giveUp },
          { trust: trustOf(agent), openTunnel: () => tunnelOf(agent, authority, signal) },
        );
        this.#remember(key, protocol);
        return protocol;
      } finally {
        if (this.#asking.get(key) === wait) this.#asking.delete(key);
      }
    });
    this.#asking.set(key, wait);
    return wait;
  }

  #remember(key: string, protocol: Protocol): void {
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(key, protocol);
  }
}

function keyOf({ host }: URL, { ALPNProtocols }: SecureClientSessionOptions): string {
  return `${host} ${ALPNProtocols}`;
}

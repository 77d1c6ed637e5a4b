import type { SecureClientSessionOptions } from 'node:http2';
import type { RequestOptions } from 'node:https';
import {
  type CredentialAgent,
  http2ConnectorOf,
  trustOf,
  tunnelOf,
} from '../agent/credential-agent.js';
import type { Http2Connector } from '../agent/http2-connector.js';
import { drained } from './http2-origins.js';
import type { Http2Place } from './http2-place.js';
import { Http2Sessions } from './http2-sessions.js';

/** A client that asks many servers must not keep a connection to each of them. */
const maxIdle = 10;

export interface Http2SessionPoolOptions {
  /** Returns how long a session with these settings may be idle before it closes. Milliseconds; default: for ever. */
  readonly idleTimeoutOf?:
    | ((options: SecureClientSessionOptions) => number | undefined)
    | undefined;
}

/**
 * The HTTP/2 sessions of a client that asks for one with each request: under the identity which `agent` has when the pool
 * is made, so a `GenerationSlot` makes the next one when the certificate rotates.
 */
export class Http2SessionPool {
  readonly #agent: CredentialAgent;
  readonly #connect: Http2Connector;
  /** By what tells connections apart; the one that was used last comes last. */
  readonly #sessions = new Map<string, Http2Sessions>();
  readonly #idleTimeoutOf: Http2SessionPoolOptions['idleTimeoutOf'];
  readonly #checks = new WeakMap<object, number>();
  #lastCheck = 0;

  /** @param connect opens the connections; default: under the identity that `agent` has now, which the pool keeps */
  constructor(
    agent: CredentialAgent,
    options: Http2SessionPoolOptions = {},
    connect: Http2Connector = http2ConnectorOf(agent),
  ) {
    this.#agent = agent;
    this.#idleTimeoutOf = options.idleTimeoutOf;
    this.#connect = connect;
  }

  /**
   * Returns room for one stream to `authority`, or a promise of it: see `Http2Sessions`.
   * @param signal leaves the wait
   */
  takePlace(
    authority: URL,
    options: SecureClientSessionOptions,
    signal?: AbortSignal,
  ): Http2Place | Promise<Http2Place> {
    return this.#sessionsTo(authority, options).takePlace(signal);
  }

  /** Closes the sessions that have no streams. */
  closeIdle(): void {
    this.#closeIdle(0);
  }

  /** Takes no more streams; the sessions close with their last one. */
  close(): void {
    for (const sessions of this.#sessions.values()) sessions.close();
    this.#sessions.clear();
  }

  /** Ends every stream, because `drainTimeoutMs` has passed. */
  cut(): void {
    for (const sessions of this.#sessions.values()) sessions.cut(drained());
  }

  #closeIdle(kept: number): void {
    if (this.#sessions.size <= kept) return;
    const idle = [...this.#sessions].filter(([, { isIdle }]) => isIdle);
    for (const [name, sessions] of idle.slice(0, Math.max(0, idle.length - kept))) {
      this.#sessions.delete(name);
      sessions.close();
    }
  }

  #sessionsTo(authority: URL, options: SecureClientSessionOptions): Http2Sessions {
    const name = this.#nameOf(authority, options);
    const sessions = this.#sessions.get(name) ?? this.#make(authority, options, name);
    this.#sessions.delete(name);
    this.#sessions.set(name, sessions);
    return sessions;
  }

  #make(authority: URL, options: SecureClientSessionOptions, name: string): Http2Sessions {
    const complete = { ...options, createConnection: this.#connect };
    const sessions = new Http2Sessions({
      origin: authority.origin,
      connection: () => complete,
      trust: trustOf(this.#agent),
      openTunnel: (signal) => tunnelOf(this.#agent, authority, signal),
      onEmpty: () => {
        if (this.#sessions.get(name) === sessions) this.#sessions.delete(name);
      },
      onIdle: () => this.#closeIdle(maxIdle),
      idleTimeoutMs: this.#idleTimeoutOf?.(options),
    });
    return sessions;
  }

  #nameOf({ hostname, port }: URL, options: SecureClientSessionOptions): string {
    const name = this.#agent.getName({ ...(options as RequestOptions), host: hostname, port });
    return `${name}:${this.#numberOf(options.checkServerIdentity)}`;
  }

  // Node's agents forget this one: a request with a check of its own must not ride on what another check has let pass.
  #numberOf(check: object | undefined): number {
    if (check === undefined) return 0;
    const known = this.#checks.get(check);
    if (known !== undefined) return known;
    this.#lastCheck += 1;
    this.#checks.set(check, this.#lastCheck);
    return this.#lastCheck;
  }
}

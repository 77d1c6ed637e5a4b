import type {
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2';
import type { RequestOptions } from 'node:https';
import type { SlotLease } from '@keyturn/core/binding';
import { type CredentialAgent, http2ConnectorOf } from '../agent/credential-agent.js';
import type { Http2Connector } from '../agent/http2-connector.js';
import { drained } from './http2-origins.js';
import { Http2Sessions } from './http2-sessions.js';

/** A client that asks many servers must not keep a connection to each of them. */
const maxIdle = 10;

/**
 * The HTTP/2 sessions of a client that asks for one with each request: under the identity which `agent` has when the pool
 * is made, so a `GenerationSlot` makes the next one when the certificate rotates.
 */
export class Http2SessionPool {
  readonly #agent: CredentialAgent;
  readonly #connect: Http2Connector;
  /** By what tells connections apart; the one that was used last comes last. */
  readonly #sessions = new Map<string, Http2Sessions>();
  readonly #checks = new WeakMap<object, number>();
  #lastCheck = 0;

  constructor(agent: CredentialAgent) {
    this.#agent = agent;
    this.#connect = http2ConnectorOf(agent);
  }

  /**
   * Returns a promise that settles when the session to `authority` is ready, or has failed. A connection that nobody
   * waits for any more is given up.
   */
  wait(authority: URL, options: SecureClientSessionOptions): SlotLease<Promise<void>> {
    return this.#sessionsTo(authority, options).wait();
  }

  /** Opens a stream to `authority`, on a session that may still have to connect. */
  request(
    authority: URL,
    options: SecureClientSessionOptions,
    headers: OutgoingHttpHeaders,
    streamOptions: ClientSessionRequestOptions,
  ): ClientHttp2Stream {
    const stream = this.#sessionsTo(authority, options).request(headers, streamOptions);
    stream.once('close', () => this.#closeIdle(maxIdle));
    return stream;
  }

  /** Closes the sessions that have no streams. */
  closeIdle(): void {
    this.#closeIdle(0);
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
    const sessions = new Http2Sessions(
      authority.origin,
      () => complete,
      () => {
        if (this.#sessions.get(name) === sessions) this.#sessions.delete(name);
      },
    );
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

import { type CredentialAgent, type Http2Connector, http2ConnectorOf } from '@keyturn/https';
import type { NativeOptions, RequestFunction, SessionPool } from './got-shape.js';
import type { Http2Protocols } from './http2-protocols.js';

interface ConnectedPool {
  readonly connect: Http2Connector;
  readonly pool: SessionPool;
}

/**
 * The HTTP/2 sessions of a binding to got 14 or 15: a pool of http2-wrapper's for each way to connect. When the next is
 * needed, the one before closes its idle sessions, and the busy ones after their last stream.
 *
 * http2-wrapper tells sessions apart by the text of their options; with a pool each, no text has to name a secret.
 */
export class Http2Pools {
  readonly #pools = new Map<CredentialAgent, ConnectedPool>();
  readonly #protocols: Http2Protocols;

  constructor(protocols: Http2Protocols) {
    this.#protocols = protocols;
  }

  /** Closes the sessions, busy ones after their last stream. */
  close(): void {
    for (const { pool } of this.#pools.values()) retire(pool);
    this.#pools.clear();
  }

  /** Returns `request` with sessions that connect as `agent` does. */
  requestThrough(request: RequestFunction, agent: CredentialAgent): RequestFunction {
    // A cache gives everything in the first place.
    return (input, more) =>
      input instanceof URL
        ? request(input, this.#through(agent, more as NativeOptions))
        : request(this.#through(agent, input), more);
  }

  #through(agent: CredentialAgent, native: NativeOptions): NativeOptions {
    const theirs = poolIn(native);
    if (theirs === undefined) return native;
    const connect = http2ConnectorOf(agent);
    const http2 = this.#poolFor(agent, connect, theirs);
    const resolveProtocol = async (options: NativeOptions) => ({
      alpnProtocol: await this.#protocolOf(options, connect),
    });
    return { ...native, agent: { ...native.agent, http2 }, resolveProtocol };
  }

  #poolFor(agent: CredentialAgent, connect: Http2Connector, theirs: SessionPool): SessionPool {
    const known = this.#pools.get(agent);
    if (known?.connect === connect) return known.pool;
    if (known !== undefined) retire(known.pool);
    // The class comes from got's copy of the package, which only got can find.
    const pool = new (theirs.constructor as new () => SessionPool)();
    pool.createConnection = connect;
    this.#pools.set(agent, { connect, pool });
    return pool;
  }

  #protocolOf(
    { host = '', port, path: _, agent: __, ...options }: NativeOptions,
    connect: Http2Connector,
  ): Promise<string | false> {
    const url = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
    return this.#protocols.of(connect, url, options);
  }
}

/** Returns the agent of http2-wrapper that a request would use, or undefined where it would use none. */
export function poolIn({ agent }: NativeOptions): SessionPool | undefined {
  const { http2 } = agent ?? {};
  return http2?.tlsSessionCache === undefined ? undefined : http2;
}

function retire(pool: SessionPool): void {
  pool.maxEmptySessions = 0;
  pool.closeEmptySessions();
}

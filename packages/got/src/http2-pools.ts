import {
  CredentialAgent,
  type Http2Connector,
  http2ConnectorOf,
  negotiateProtocol,
} from '@keyturn/https';
import type { GotOptions, NativeOptions, RequestFunction, SessionPool } from './got-shape.js';

/** More servers than a program asks; one that invents a new one per request must not fill the memory. */
const maxProtocols = 100;

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
  readonly #protocols = new Map<string, Promise<string | false>>();
  readonly #requests = new WeakSet<RequestFunction>();

  /** Has the request that `options` describe connect as its `agent.https` does, where it asks for HTTP/2. */
  install(options: GotOptions): void {
    // The hop before, or the attempt, has left ours.
    if (options.request && this.#requests.has(options.request)) options.request = undefined;
    const { agent, http2, request, createConnection, h2session } = options;
    if (!http2 || !(agent.https instanceof CredentialAgent)) return;
    // The caller's own ways win.
    if (request ?? createConnection ?? h2session ?? agent.http2) return;
    // got 16 has a pool of its own, which gives way to `agent.https` and HTTP/1.1.
    if (poolIn(options.createNativeRequestOptions()) === undefined) return;
    const ours = this.#requestThrough(agent.https, options.getRequestFunction() as RequestFunction);
    this.#requests.add(ours);
    options.request = ours;
  }

  /** Closes the sessions, busy ones after their last stream. */
  close(): void {
    for (const { pool } of this.#pools.values()) retire(pool);
    this.#pools.clear();
  }

  #requestThrough(agent: CredentialAgent, request: RequestFunction): RequestFunction {
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
    // http2-wrapper would ask as nobody, and trust other servers than the binding does.
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
    { host = '', port, path: _, ...options }: NativeOptions,
    connect: Http2Connector,
  ): Promise<string | false> {
    const url = new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const known = this.#protocols.get(url.host);
    if (known !== undefined) return known;
    const found = negotiateProtocol(connect, url, options);
    if (this.#protocols.size >= maxProtocols) this.#protocols.clear();
    this.#protocols.set(url.host, found);
    found.catch(() => this.#protocols.delete(url.host));
    return found;
  }
}

/** Returns the agent of http2-wrapper that a request would use, or undefined where it would use none. */
function poolIn({ agent }: NativeOptions): SessionPool | undefined {
  const { http2 } = agent ?? {};
  return http2?.tlsSessionCache === undefined ? undefined : http2;
}

function retire(pool: SessionPool): void {
  pool.maxEmptySessions = 0;
  pool.closeEmptySessions();
}

import { type CredentialAgent, isCredentialAgent } from '@keyturn/https';
import type { GotOptions, RequestFunction } from './got-shape.js';
import { Http2Pools, poolIn } from './http2-pools.js';
import { Http2Protocols } from './http2-protocols.js';
import { Http2Streams, type Http2StreamsParts } from './http2-streams.js';

/** Has requests that ask for HTTP/2 connect as their `agent.https` does: got knows that way for HTTP/1.1 only. */
export class Http2Requests {
  readonly #pools: Http2Pools;
  readonly #streams: Http2Streams;
  readonly #ours = new WeakSet<RequestFunction>();
  readonly #stopListening: () => void;

  constructor(parts: Omit<Http2StreamsParts, 'protocols'>) {
    const protocols = new Http2Protocols();
    this.#pools = new Http2Pools(protocols);
    this.#streams = new Http2Streams({ ...parts, protocols });
    this.#stopListening = parts.manager.on('closed', () => this.#pools.close());
  }

  /** Prepares the request that `options` describe, or one hop of it. */
  install(options: GotOptions): void {
    // The hop before, or the attempt, has left ours.
    if (options.request && this.#ours.has(options.request)) options.request = undefined;
    const { agent, http2, request, createConnection, h2session } = options;
    if (!http2 || !isCredentialAgent(agent.https)) return;
    // The caller's own ways win.
    if ((request ?? createConnection ?? h2session ?? agent.http2) !== undefined) return;
    const ours = this.#through(options, agent.https);
    if (ours === undefined) return;
    this.#ours.add(ours);
    options.request = ours;
  }

  /** Closes the sessions, busy ones after their last stream. */
  close(): void {
    this.#stopListening();
    this.#pools.close();
    this.#streams.close();
  }

  #through(options: GotOptions, agent: CredentialAgent): RequestFunction | undefined {
    const theirs = options.getRequestFunction() as RequestFunction;
    if (poolIn(options.createNativeRequestOptions()) !== undefined) {
      return this.#pools.requestThrough(theirs, agent);
    }
    return this.#streams.connects(options)
      ? this.#streams.requestThrough(theirs, options)
      : undefined;
  }
}

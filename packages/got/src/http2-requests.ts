import { isCredentialAgent } from '@keyturn/https';
import type { GotOptions, RequestFunction } from './got-shape.js';
import { Http2Protocols } from './http2-protocols.js';
import { Http2Streams, type Http2StreamsParts } from './http2-streams.js';

/** Has requests that ask for HTTP/2 connect as their `agent.https` does: got knows that way for HTTP/1.1 only. */
export class Http2Requests {
  readonly #streams: Http2Streams;
  readonly #ours = new WeakSet<RequestFunction>();

  constructor(parts: Omit<Http2StreamsParts, 'protocols'>) {
    this.#streams = new Http2Streams({ ...parts, protocols: new Http2Protocols() });
  }

  /** Prepares the request that `options` describe, or one hop of it. */
  install(options: GotOptions): void {
    // The hop before, or the attempt, has left ours.
    if (options.request && this.#ours.has(options.request)) options.request = undefined;
    const { agent, http2, request, createConnection, h2session } = options;
    if (!http2 || !isCredentialAgent(agent.https)) return;
    // The caller's own ways win.
    if ((request ?? createConnection ?? h2session ?? agent.http2) !== undefined) return;
    if (!isHttps(options)) return;
    const theirs = options.getRequestFunction() as RequestFunction;
    const ours = this.#streams.requestThrough(theirs, options);
    this.#ours.add(ours);
    options.request = ours;
  }

  /** Closes the sessions, busy ones after their last stream. */
  close(): void {
    this.#streams.close();
  }
}

function isHttps({ url }: GotOptions): boolean {
  return url !== undefined && new URL(url).protocol === 'https:';
}

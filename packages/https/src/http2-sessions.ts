import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';

/** One session and the streams that are open on it. */
interface CountedSession {
  readonly session: ClientHttp2Session;
  streams: number;
}

/**
 * The sessions to one origin with one identity: one at a time, and the next when that one takes no more streams, because
 * the server said GOAWAY or the connection is dead.
 */
export class Http2Sessions {
  readonly #origin: string;
  readonly #options: () => SecureClientSessionOptions;
  readonly #onEmpty: () => void;
  readonly #open = new Set<CountedSession>();
  #newest: CountedSession | undefined;

  /**
   * @param options are asked for each connection
   * @param onEmpty is called when the last session has gone
   */
  constructor(origin: string, options: () => SecureClientSessionOptions, onEmpty: () => void) {
    this.#origin = origin;
    this.#options = options;
    this.#onEmpty = onEmpty;
  }

  /** Opens a stream, on a new session where there is none that takes it. */
  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    const counted = this.#usable();
    const stream = counted.session.request(headers, { endStream });
    counted.streams += 1;
    counted.session.ref();
    stream.once('close', () => {
      counted.streams -= 1;
      // An idle connection keeps no process alive.
      if (counted.streams === 0 && !counted.session.destroyed) counted.session.unref();
    });
    return stream;
  }

  /** Takes no more streams; the sessions close with their last one. */
  close(): void {
    for (const { session } of this.#open) session.close();
  }

  /** Ends every stream with `error`. */
  cut(error: Error): void {
    for (const { session } of this.#open) session.destroy(error, constants.NGHTTP2_CANCEL);
  }

  #usable(): CountedSession {
    const newest = this.#newest;
    if (newest !== undefined && !newest.session.closed && !newest.session.destroyed) return newest;
    const session = http2.connect(this.#origin, this.#options());
    const counted = { session, streams: 0 };
    this.#newest = counted;
    this.#open.add(counted);
    // Its streams report what has happened to it, and without streams it concerns nobody.
    session.on('error', () => {});
    session.once('close', () => {
      this.#open.delete(counted);
      if (this.#open.size === 0) this.#onEmpty();
    });
    return counted;
  }
}

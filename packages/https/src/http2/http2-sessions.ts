import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  constants,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import type { SlotLease } from '@keyturn/core/binding';

/** One session, the streams that are open on it, and those who wait for it. */
interface CountedSession {
  readonly session: ClientHttp2Session;
  /** Settles when the server has introduced itself, or the connection has failed. */
  readonly ready: Promise<void>;
  users: number;
  /** How many streams the server takes at a time; undefined until it has introduced itself. */
  maxUsers: number | undefined;
}

/**
 * The sessions to one origin with one identity: one, and the next when that one takes no more streams, because the server
 * said GOAWAY, the connection is dead, or as many are open as the server takes.
 */
export class Http2Sessions {
  readonly #origin: string;
  readonly #options: () => SecureClientSessionOptions;
  readonly #onEmpty: () => void;
  readonly #open = new Set<CountedSession>();

  /**
   * @param options are asked for each connection
   * @param onEmpty is called when the last session has gone
   */
  constructor(origin: string, options: () => SecureClientSessionOptions, onEmpty: () => void) {
    this.#origin = origin;
    this.#options = options;
    this.#onEmpty = onEmpty;
  }

  /** Whether no stream is open and nobody waits for a session. */
  get isIdle(): boolean {
    return [...this.#open].every(({ users }) => users === 0);
  }

  /**
   * Returns a promise that settles when the session for the next stream is ready, or has failed, for those who want to
   * know before they send. A connection that nobody waits for any more is given up.
   */
  wait(): SlotLease<Promise<void>> {
    const counted = this.#usable();
    return { resource: counted.ready, release: this.#use(counted) };
  }

  /** Opens a stream, on a new session where there is none that takes it. */
  request(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream {
    const counted = this.#usable();
    const stream = counted.session.request(headers, options);
    stream.once('close', this.#use(counted));
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

  /** Counts a user, and returns what ends the use. */
  #use(counted: CountedSession): () => void {
    const { session } = counted;
    counted.users += 1;
    session.ref();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      counted.users -= 1;
      if (counted.users > 0 || session.destroyed) return;
      if (counted.maxUsers === undefined) session.destroy();
      // An idle connection keeps no process alive.
      else session.unref();
    };
  }

  #usable(): CountedSession {
    for (const counted of this.#open) {
      if (takesStreams(counted)) return counted;
    }
    return this.#connect();
  }

  #connect(): CountedSession {
    const session = http2.connect(this.#origin, this.#options());
    const ready = readinessOf(session);
    const counted: CountedSession = { session, ready, users: 0, maxUsers: undefined };
    this.#open.add(counted);
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      counted.maxUsers = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
    });
    const forget = (): void => {
      if (this.#open.delete(counted) && this.#open.size === 0) this.#onEmpty();
    };
    // Its streams report what has happened to it, and without streams it concerns nobody.
    session.on('error', forget);
    ready.catch(() => {});
    session.once('close', forget);
    // Of a certificate that is refused under TLS 1.3, only the socket tells.
    session.socket.once('error', forget);
    return counted;
  }
}

function takesStreams({ session, users, maxUsers }: CountedSession): boolean {
  return !session.closed && !session.destroyed && users < (maxUsers ?? Number.POSITIVE_INFINITY);
}

function readinessOf(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('remoteSettings', () => resolve());
    session.once('error', reject);
    session.socket.once('error', reject);
    session.once('close', () => {
      reject(new Error('The server has closed the connection before it took a request.'));
    });
  });
}

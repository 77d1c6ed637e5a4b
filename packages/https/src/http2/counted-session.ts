import http2, {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  constants,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { ConnectionHealth } from './connection-health.js';
import { lostConnection, rememberSession } from './http2-failure.js';

export interface SessionListeners {
  /** It may take another stream now, or none any more, or nobody uses it any more. */
  readonly onChange: () => void;
  /** It is gone. `error` says why it has never been ready, where it has not and somebody wanted it. */
  readonly onEnd: (session: CountedSession, error: Error | undefined) => void;
}

/** One session of node:http2, the streams that are open on it, and the room that is left for others. */
export class CountedSession {
  readonly #session: ClientHttp2Session;
  readonly #listeners: SessionListeners;
  readonly #health: ConnectionHealth;
  readonly #streams = new Set<ClientHttp2Stream>();
  #places = 0;
  /** How many streams the server takes at a time; undefined until it has introduced itself. */
  #maxStreams: number | undefined;
  /** The last stream that the server has looked at, once it has said GOAWAY. */
  #lastStreamId: number | undefined;
  #failure: Error | undefined;
  #isOver = false;
  #isWanted = true;

  constructor(origin: string, options: SecureClientSessionOptions, listeners: SessionListeners) {
    this.#listeners = listeners;
    const session = http2.connect(origin, options);
    this.#session = session;
    this.#health = new ConnectionHealth(session, (error) => this.#fail(error));
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      this.#maxStreams = maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
      listeners.onChange();
    });
    session.on('goaway', (_code, lastStreamId) => {
      this.#lastStreamId = lastStreamId;
      listeners.onChange();
      // node:http2 closes the session behind this event.
      setImmediate(() => this.#expectEnd());
    });
    // Its streams report what has happened to it, and without streams it concerns nobody.
    session.on('error', (error) => this.#fail(error));
    // Of a certificate that is refused under TLS 1.3, only the socket tells.
    session.socket.once('error', (error) => this.#fail(error));
    session.once('close', () => this.#end());
    // Somebody waits for it.
    this.#health.watch();
  }

  get isReady(): boolean {
    return this.#maxStreams !== undefined;
  }

  /** Whether no stream is open, and none is about to be. */
  get isIdle(): boolean {
    return this.#streams.size + this.#places === 0;
  }

  /** Whether it goes on taking streams, when others have ended. */
  get isAlive(): boolean {
    return !this.#isOver && !this.#session.closed && !this.#session.destroyed;
  }

  get hasRoom(): boolean {
    return this.isAlive && this.#streams.size + this.#places < (this.#maxStreams ?? 0);
  }

  /** Tells whether the server has said of this stream that it has not looked at it, and will not. */
  leftOut(id: number): boolean {
    return this.#lastStreamId !== undefined && id > this.#lastStreamId;
  }

  /** Keeps room for one stream until it is opened or given back. */
  keepPlace(): void {
    this.#places += 1;
    this.#session.ref();
    this.#health.watch();
  }

  /** Gives back the room that was kept. */
  leavePlace(): void {
    this.#places -= 1;
    this.#listeners.onChange();
    this.#expectEnd();
  }

  /**
   * Opens a stream in the room that was kept.
   * @throws {Error} of node:http2, when the session has closed since
   */
  open(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream {
    const stream = this.#session.request(headers, options);
    this.#places -= 1;
    this.#streams.add(stream);
    rememberSession(stream, this);
    stream.once('close', () => {
      this.#streams.delete(stream);
      this.#listeners.onChange();
      this.#expectEnd();
    });
    return stream;
  }

  /** Takes no more streams, and closes with its last one. One that has never been ready is given up. */
  close(): void {
    if (this.isReady) {
      this.#session.close();
      this.#expectEnd();
    } else {
      this.#isWanted = false;
      this.#session.destroy();
    }
  }

  /** Ends every stream with `error`. */
  cut(error: Error): void {
    this.#session.destroy(error, constants.NGHTTP2_CANCEL);
    this.#expectEnd();
  }

  /** An idle connection keeps no process alive. */
  rest(): void {
    if (!this.#session.destroyed) this.#session.unref();
    this.#health.rest();
  }

  #expectEnd(): void {
    const { closed, destroyed } = this.#session;
    if ((closed || destroyed) && this.isIdle) this.#health.expectEnd();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#end();
  }

  #end(): void {
    this.#health.stop();
    // node:http2 does not always tell the streams of a connection that is lost, those least that it had not sent yet: a
    // request that waits for one would never settle. Those that are told have their turn first.
    setImmediate(() => {
      for (const stream of this.#streams) stream.destroy(this.#failure ?? lostConnection());
    });
    if (this.#isOver) return;
    this.#isOver = true;
    const hasFailed = this.#isWanted && !this.isReady;
    this.#listeners.onEnd(
      this,
      hasFailed ? causedBy(this.#failure ?? lostConnection()) : undefined,
    );
  }
}

/** For those who waited: node:http2 tells its streams in the same way what a connection failed with. */
function causedBy(failure: Error): Error {
  return Object.assign(new Error(failure.message), failure, { cause: failure });
}

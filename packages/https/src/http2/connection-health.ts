import type { ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

/**
 * Notices that a connection is dead, which nothing tells: a cable that was pulled, a firewall that forgot, and on Node 20 a
 * connection that the server has reset while node:http2 was writing. A request on it would wait for ever, or the process
 * would end without it.
 *
 * As with client-go: while a stream is open the server is asked now and then whether it is there, by a ping.
 * HTTP2_READ_IDLE_TIMEOUT_SECONDS (default 30, 0 for never) says how often, and HTTP2_PING_TIMEOUT_SECONDS (default 15) how
 * long the answer may take. client-go asks only where nothing has come meanwhile; node:http2 does not tell.
 */
export class ConnectionHealth {
  readonly #session: ClientHttp2Session;
  readonly #onDead: (error: Error) => void;
  /** Itself, and not what the session shows of it, once there is a connection. */
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking: NodeJS.Timeout | undefined;
  #ending: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(session: ClientHttp2Session, onDead: (error: Error) => void) {
    this.#session = session;
    this.#onDead = onDead;
    session.once('connect', (_session, socket: Socket) => {
      this.#socket = socket;
    });
  }

  /** Looks now and then, for as long as somebody waits, and keeps the process alive meanwhile. */
  watch(): void {
    if (this.#timer !== undefined) this.#timer.ref();
    else if (!this.#isOver) this.#begin();
  }

  /** Nobody waits any more. */
  rest(): void {
    this.#timer?.unref();
  }

  /**
   * The session takes no more streams and has none. What is left is that the connection ends, which node:http2 waits for without
   * end: for the server to close it, or to read what is still to be sent. It has the time that the answer to a ping has.
   */
  expectEnd(): void {
    if (this.#isOver) return;
    this.#ending ??= setTimeout(() => this.#socket?.destroy(), pingTimeoutMs()).unref();
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#ending);
    this.#heard();
  }

  #begin(): void {
    const intervalMs = secondsFrom('HTTP2_READ_IDLE_TIMEOUT_SECONDS', 30) * 1000;
    if (intervalMs > 0) this.#timer = setInterval(() => this.#ask(), intervalMs);
  }

  #ask(): void {
    const session = this.#session;
    if (session.destroyed) this.expectEnd();
    // Whoever rests is not asked: nobody waits for it, and a server counts the pings that it gets for nothing.
    if (session.destroyed || this.#timer?.hasRef() === false || this.#asking !== undefined) return;
    this.#asking = setTimeout(() => {
      // What has come while this process was busy is read before that.
      setImmediate(() => this.#asking && this.#giveUp());
    }, pingTimeoutMs());
    // One that has not connected yet is dead as well, if it does not in that time.
    if (session.connecting) session.once('connect', this.#heard);
    else session.ping((error) => error ?? this.#heard());
  }

  readonly #heard = (): void => {
    clearTimeout(this.#asking);
    this.#asking = undefined;
  };

  #giveUp(): void {
    if (this.#isOver || this.#session.destroyed) return;
    const error = Object.assign(new Error('The connection is dead: the server answers no ping.'), {
      code: 'ECONNRESET',
    });
    this.#session.destroy(error);
    this.#socket?.destroy();
    this.#onDead(error);
  }
}

function pingTimeoutMs(): number {
  return secondsFrom('HTTP2_PING_TIMEOUT_SECONDS', 15) * 1000;
}

/** Whole seconds, as client-go reads them. */
function secondsFrom(name: string, byDefault: number): number {
  const text = process.env[name] ?? '';
  return /^\d+$/.test(text) ? Number(text) : byDefault;
}

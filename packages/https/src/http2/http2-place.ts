import type {
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
} from 'node:http2';
import type { CountedSession } from './counted-session.js';

/** Room for one stream on a session, kept until it is opened or given back. */
export interface Http2Place {
  /**
   * Opens the stream.
   * @throws {Error} of node:http2, ERR_HTTP2_GOAWAY_SESSION for one, when the session has closed since
   */
  open(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream;
  /** Gives the room back, where no stream was opened. Idempotent. */
  release(): void;
  /** Calls `leave` when the stream has closed, or the room is given back. */
  onLeave(leave: () => void): void;
}

export class PlaceOnSession implements Http2Place {
  readonly #session: CountedSession;
  #isOver = false;
  #onLeave: (() => void) | undefined;

  constructor(session: CountedSession) {
    this.#session = session;
    session.keepPlace();
  }

  open(headers: OutgoingHttpHeaders, options: ClientSessionRequestOptions): ClientHttp2Stream {
    try {
      const stream = this.#session.open(headers, options);
      this.#isOver = true;
      if (this.#onLeave !== undefined) stream.once('close', this.#onLeave);
      return stream;
    } finally {
      this.release();
    }
  }

  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#session.leavePlace();
    this.#onLeave?.();
  }

  onLeave(leave: () => void): void {
    this.#onLeave = leave;
  }
}

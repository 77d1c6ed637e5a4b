import type { SecureClientSessionOptions } from 'node:http2';
import type { Socket } from 'node:net';
import {
  type ConnectionTrust,
  isUnverified,
  maxRenewals,
  onAbort,
  type Trust,
} from '@keyturn/core/binding';
import { CountedSession } from './counted-session.js';
import { type Http2Place, PlaceOnSession } from './http2-place.js';

export interface Http2SessionsOptions {
  readonly origin: string;
  /** Asked for each connection, with what `trust` says right then. */
  readonly connection: (trust: Trust | undefined) => SecureClientSessionOptions;
  /**
   * Opens the tunnel that a connection runs in; undefined where there is no proxy.
   * @param signal says that nobody wants it any more
   */
  readonly openTunnel?: ((signal: AbortSignal) => Promise<Socket> | undefined) | undefined;
  /** What verifies the server, where that rotates: a connection that cannot be verified is made again when it says something else. */
  readonly trust?: ConnectionTrust | undefined;
  /** Called when the last session has gone and nobody waits for one. */
  readonly onEmpty?: (() => void) | undefined;
  /** Called when the last user has left. */
  readonly onIdle?: (() => void) | undefined;
  /** Close what has been idle this long. Milliseconds; default: never. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Somebody who waits for room. */
interface Waiter {
  readonly take: (place: Http2Place) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The sessions to one origin with one identity: one, and the next when that one takes no more streams, because the server
 * said GOAWAY, the connection is dead, or as many are open as the server takes.
 *
 * Nothing is sent before the server has said how many streams it takes: what is beyond that, it refuses. Whoever finds no
 * room waits for another session, or until a stream has ended, whichever comes first.
 */
export class Http2Sessions {
  readonly #options: Http2SessionsOptions;
  readonly #open = new Set<CountedSession>();
  readonly #waiting = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** A connection could not be verified, and nobody has been told yet. */
  #isRenewing = false;
  /** How often in a row. */
  #renewals = 0;
  /** What the latest connection is verified by. */
  #used: Trust | undefined;
  /** Ends the tunnel that is being made for the next connection. */
  #tunnelling: AbortController | undefined;

  constructor(options: Http2SessionsOptions) {
    this.#options = options;
  }

  /** Whether no stream is open and nobody waits for a session. */
  get isIdle(): boolean {
    if (this.#waiting.size > 0) return false;
    for (const session of this.#open) if (!session.isIdle) return false;
    return true;
  }

  /**
   * Returns room for one stream, or a promise of it where there is none yet. It rejects when there can be no connection. A
   * connection that nobody waits for any more is given up.
   * @param signal leaves the wait
   */
  takePlace(signal?: AbortSignal): Http2Place | Promise<Http2Place> {
    clearTimeout(this.#timer);
    const free = this.#waiting.size === 0 ? this.#withRoom() : undefined;
    return free === undefined ? this.#wait(signal) : new PlaceOnSession(free);
  }

  /** Takes no more streams; the sessions close with their last one. Whoever waits already is served. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const session of this.#open) if (session.isReady) session.close();
    this.#giveUpUnwanted();
  }

  /** Ends every stream with `error`. */
  cut(error: Error): void {
    this.#failWaiting(error);
    for (const session of this.#open) session.cut(error);
  }

  #wait(signal: AbortSignal | undefined): Promise<Http2Place> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        take: (place) => {
          stopListening?.();
          resolve(place);
        },
        fail: (error) => {
          stopListening?.();
          reject(error);
        },
      };
      const stopListening =
        signal &&
        onAbort(signal, () => {
          this.#waiting.delete(waiter);
          reject(signal.reason);
          this.#giveUpUnwanted();
        });
      this.#waiting.add(waiter);
      this.#connectForWaiting();
    });
  }

  #withRoom(): CountedSession | undefined {
    for (const session of this.#open) if (session.hasRoom) return session;
    return undefined;
  }

  readonly #serveWaiting = (): void => {
    for (const waiter of this.#waiting) {
      const free = this.#withRoom();
      if (free === undefined) break;
      this.#renewals = 0;
      this.#waiting.delete(waiter);
      waiter.take(new PlaceOnSession(free));
    }
    this.#connectForWaiting();
    if (this.isIdle) this.#rest();
  };

  // One after the other: the next one only for those whom the one before had no room for.
  #connectForWaiting(): void {
    if (this.#waiting.size === 0 || this.#isRenewing || this.#tunnelling) return;
    // Neither beside one that takes no stream at all for now, for another one would not either.
    const isComing = [...this.#open].some(
      ({ isAlive, isReady, isIdle }) => isAlive && (!isReady || isIdle),
    );
    if (isComing) return;
    try {
      this.#connect();
    } catch (error) {
      this.#failWaiting(error);
    }
  }

  #connect(): void {
    const tunnelling = new AbortController();
    const tunnel = this.#options.openTunnel?.(tunnelling.signal);
    if (tunnel === undefined) {
      this.#connectOver(undefined);
      return;
    }
    this.#tunnelling = tunnelling;
    void this.#connectInside(tunnel);
  }

  async #connectInside(tunnel: Promise<Socket>): Promise<void> {
    try {
      const socket = await tunnel;
      this.#tunnelling = undefined;
      if (this.#waiting.size === 0) socket.destroy();
      else this.#connectOver(socket);
    } catch (error) {
      this.#tunnelling = undefined;
      this.#failForWantOf(error as Error);
    }
    this.#goOnWithout();
  }

  #connectOver(tunnel: Socket | undefined): void {
    const { origin, connection, trust } = this.#options;
    this.#used = trust?.ask();
    const options = connection(this.#used);
    const session = new CountedSession(
      origin,
      { ...options, ...inside(origin, tunnel) },
      {
        onChange: this.#serveWaiting,
        onEnd: (ended, error) => this.#forget(ended, error),
      },
    );
    this.#open.add(session);
  }

  #forget(session: CountedSession, error: Error | undefined): void {
    this.#open.delete(session);
    if (error !== undefined && this.#renewals < maxRenewals && isUnverified(error)) {
      void this.#connectAgain(error);
      return;
    }
    if (error !== undefined) this.#failForWantOf(error);
    this.#goOnWithout();
  }

  #goOnWithout(): void {
    this.#serveWaiting();
    if (this.#open.size === 0) this.#options.onEmpty?.();
  }

  async #connectAgain(error: Error): Promise<void> {
    this.#isRenewing = true;
    this.#renewals += 1;
    const isWorthIt = await this.#options.trust?.renew(this.#used);
    this.#isRenewing = false;
    if (isWorthIt !== true) {
      this.#renewals = 0;
      this.#failForWantOf(error);
    }
    this.#goOnWithout();
  }

  // With a connection that works there will be room again: then only the request fails that the other one was for.
  #failForWantOf(error: Error): void {
    const canWait = [...this.#open].some(({ isAlive, isReady }) => isAlive && isReady);
    if (!canWait) {
      this.#failWaiting(error);
      return;
    }
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first.fail(error);
  }

  #failWaiting(error: unknown): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#renewals = 0;
    for (const waiter of waiting) waiter.fail(error);
  }

  #giveUpUnwanted(): void {
    if (this.#waiting.size > 0) return;
    this.#tunnelling?.abort();
    for (const session of this.#open) if (!session.isReady) session.close();
    if (this.isIdle) this.#rest();
  }

  #rest(): void {
    for (const session of this.#open) session.rest();
    // What a burst needed, nobody needs now. Not before all are idle: at the limit they would come and go.
    const [, ...surplus] = [...this.#open].filter(({ isAlive }) => isAlive);
    for (const session of this.#isClosed ? this.#open : surplus) session.close();
    this.#closeLater();
    this.#options.onIdle?.();
  }

  #closeLater(): void {
    const { idleTimeoutMs } = this.#options;
    clearTimeout(this.#timer);
    // A timer for nobody would hold the identity of the connections until it ends.
    if (idleTimeoutMs === undefined || this.#isClosed || this.#open.size === 0) return;
    this.#timer = setTimeout(() => {
      for (const session of this.#open) if (session.isIdle) session.close();
    }, idleTimeoutMs).unref();
  }
}

/** Returns what has a connection run in `tunnel`, as TLS does or in clear text. */
function inside(origin: string, tunnel: Socket | undefined): SecureClientSessionOptions {
  if (tunnel === undefined) return {};
  const socket: object = { socket: tunnel };
  return origin.startsWith('https:') ? socket : { createConnection: () => tunnel };
}

import { channel } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { CredentialError, SeatList } from '@keyturn/core/binding';
import * as undici from 'undici';
import type { ComposedDispatch, Who } from './composed-dispatch.js';
import {
  type DispatcherLike,
  type DispatchOptions,
  type Handler,
  isModern,
  type ModernHandler,
} from './handler-shape.js';
import { LegacyBridge, overHttp1 } from './legacy-bridge.js';
import { isActiveMock } from './programs-mock.js';
import type { User } from './user.js';

/** Published on `keyturn:drained` when a connection has closed because its client certificate was replaced. */
interface DrainMessage {
  /** How many connections have closed. */
  readonly closed: number;
  /** Certificate generation that they were made with. */
  readonly certificateGeneration: number;
  /** Whether requests were cut that still ran on them. */
  readonly cut: boolean;
}

/** What undici's own dispatchers tell of their settings, from some version on. */
interface Settings {
  readonly webSocketOptions?: unknown;
  readonly eventSourceOptions?: unknown;
}

interface Emitter {
  on(event: string, listener: (...details: readonly unknown[]) => void): unknown;
  off(event: string, listener: (...details: readonly unknown[]) => void): unknown;
}

const drainedChannel = channel('keyturn:drained');

/** undici 8 has this export, and takes no handler of the old kind. */
export const isModernOnly: boolean = 'Dispatcher1Wrapper' in undici;

/** An undici dispatcher with its connections: those of one certificate generation, or those of nobody. */
export class InnerDispatcher {
  /** Settled when nothing is left of it. */
  readonly ended: Promise<void>;
  /** The requests under way. An Agent that is closing has lost sight of its connections, and cannot cut them. */
  readonly users: SeatList<User> = new SeatList();
  readonly #dispatcher: DispatcherLike;
  readonly #composed: ComposedDispatch | undefined;
  readonly #isModernOnly: boolean;
  readonly #certificateGeneration: number;
  readonly #isTheirs: () => boolean;
  readonly #undo: (() => void)[] = [];
  #end: () => void = () => {};
  #isDraining = false;
  #wasCut = false;

  /**
   * @param certificateGeneration 0 for connections that present no certificate of ours
   * @param isTheirs whether `dispatcher` belongs to the program: then it is left open
   * @param composed what dispatches, where interceptors stand before `dispatcher`
   */
  constructor(
    dispatcher: DispatcherLike,
    certificateGeneration: number,
    isTheirs: () => boolean = () => false,
    composed?: ComposedDispatch,
  ) {
    this.#isTheirs = isTheirs;
    this.#dispatcher = dispatcher;
    this.#composed = composed;
    this.#certificateGeneration = certificateGeneration;
    // One of another copy of undici may be of another version; handlers of the present kind suit them all.
    this.#isModernOnly =
      isModernOnly || composed !== undefined || !(dispatcher instanceof undici.Dispatcher);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#listen('disconnect', () => this.#report());
  }

  /** Whether it is a mock that answers in place of a network. */
  get isMock(): boolean {
    return isActiveMock(this.#dispatcher);
  }

  get settings(): Settings {
    return this.#dispatcher as Settings;
  }

  /** @param who asks, for caches among the interceptors; undefined: nobody of ours */
  dispatch(options: DispatchOptions, handler: Handler, who?: Who): boolean {
    if (this.#isModernOnly && !isModern(handler)) {
      return this.dispatch(overHttp1(options), new LegacyBridge(handler), who);
    }
    return this.#composed === undefined
      ? this.#dispatcher.dispatch(options as never, handler as never)
      : this.#composed(options, handler as ModernHandler, who);
  }

  /** Passes on what happens to its connections, without a way to them: their queues hold requests with our header. */
  forward(emitter: EventEmitter): void {
    for (const event of ['connect', 'disconnect', 'connectionError']) this.#pass(event, emitter);
  }

  /** The same for `drain`. A pool with a limit drains with every request, so that it is for those who want to know. */
  forwardDrain(emitter: EventEmitter): void {
    this.#pass('drain', emitter);
  }

  /** Closes idle connections now and busy ones after their requests; with `cutAfterMs` these get that long to end. */
  drain(cutAfterMs: number | undefined): void {
    this.#isDraining = true;
    const timer = cutAfterMs === undefined ? undefined : setTimeout(() => this.#cut(), cutAfterMs);
    // A program that has nothing left but this would wait for nothing.
    timer?.unref();
    // What goes on without us cuts our requests in time all the same.
    if (this.#isTheirs()) void this.#settle(Promise.resolve());
    else void this.#settle(this.#dispatcher.close(), timer);
  }

  /** Closes every connection, busy ones too. */
  destroy(error: Error | null): void {
    for (const user of this.users) user.abort(error ?? new undici.errors.ClientDestroyedError());
    // One that drains has ended when its close() is done; those of nobody serve requests that are no users.
    if (this.#isDraining && this.#certificateGeneration > 0) return;
    void this.#settle(this.#isTheirs() ? Promise.resolve() : this.#dispatcher.destroy(error));
  }

  #cut(): void {
    this.#wasCut = true;
    const error = new CredentialError(
      'ERR_CONNECTION_DRAINED',
      'The request still ran on an older client certificate when "drainTimeoutMs" had passed. Send it again.',
    );
    for (const user of this.users) user.cut(error);
  }

  async #settle(closing: Promise<void>, timer?: NodeJS.Timeout): Promise<void> {
    // A close() that a destroy() overtakes may fail, or never come to its end.
    await closing.catch(() => {});
    clearTimeout(timer);
    for (const undo of this.#undo) undo();
    this.#end();
  }

  #report(): void {
    if (!this.#isDraining || !drainedChannel.hasSubscribers) return;
    const message: DrainMessage = {
      closed: 1,
      certificateGeneration: this.#certificateGeneration,
      cut: this.#wasCut,
    };
    drainedChannel.publish(message);
  }

  #pass(event: string, emitter: EventEmitter): void {
    this.#listen(event, (origin, _targets, ...details) => {
      emitter.emit(event, origin, [emitter], ...details);
    });
  }

  #listen(event: string, listener: (...details: readonly unknown[]) => void): void {
    const { on, off } = this.#dispatcher as Partial<Emitter>;
    if (typeof on === 'function') on.call(this.#dispatcher, event, listener);
    this.#undo.push(() => off?.call(this.#dispatcher, event, listener));
  }
}

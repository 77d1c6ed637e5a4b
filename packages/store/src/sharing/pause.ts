import type { Clock, KeepsAlive } from '@keyturn/core';
import { onAbort } from '@keyturn/core/binding';

// The first look comes soon, for most loads take a fraction of a second; the last ones are for a login that takes minutes.
const firstMs = 30;
const longestMs = 1_000;
const growth = 1.6;

/** The pauses between the looks of somebody who waits: each longer than the one before, and no two processes in step. */
export class Pause implements KeepsAlive {
  readonly #clock: Clock;
  readonly #longestMs: number;
  #nextMs = firstMs;
  #isRef = true;
  #end: (() => void) | undefined;
  #reschedule: (() => void) | undefined;

  /** @param leaseMs a wait looks several times in it, so that a lease which is over is noticed. */
  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#longestMs = Math.min(longestMs, leaseMs / 5);
  }

  /** Waits for a while, or until `wake` is called. @throws the reason of `signal`, as soon as it aborts. */
  async next(signal: AbortSignal): Promise<void> {
    const delayMs = Math.min(this.#nextMs, this.#longestMs) * (0.75 + Math.random() / 2);
    this.#nextMs *= growth;
    signal.throwIfAborted();
    await this.#wait(delayMs, signal);
    signal.throwIfAborted();
  }

  /** Ends the pause: what is waited for has happened in this process. */
  wake(): void {
    this.#end?.();
  }

  ref(): void {
    this.#isRef = true;
    this.#reschedule?.();
  }

  unref(): void {
    this.#isRef = false;
    this.#reschedule?.();
  }

  #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const now = (): number => this.#clock.elapsed?.() ?? this.#clock.now();
    const dueAt = now() + delayMs;
    return new Promise((resolve) => {
      let cancel = (): void => {};
      const end = (): void => {
        cancel();
        this.#reschedule = undefined;
        this.#end = undefined;
        ignore();
        resolve();
      };
      const ignore = onAbort(signal, end);
      const schedule = (): void => {
        cancel();
        const restMs = Math.min(delayMs, Math.max(0, dueAt - now()));
        cancel = this.#clock.schedule(restMs, end, { unref: !this.#isRef });
      };
      this.#reschedule = schedule;
      this.#end = end;
      schedule();
    });
  }
}

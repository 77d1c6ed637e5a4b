import type { Clock } from '../contract.js';

/**
 * A stretch of time that begins when somebody says so: a pause, a window.
 *
 * It is over when its time has passed, and also when the clock is seen to have gone back since it was last looked at:
 * how much of it is left cannot be told then, and whoever waits for its end would wait as long as the clock was wrong.
 * So nothing that is measured with it lasts longer than its own length, wherever the clock jumps.
 */
export class TimeSpan {
  readonly #clock: Clock;
  #lastSeenAt = Number.NEGATIVE_INFINITY;
  #endsAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** When it ends. Unix milliseconds; in the past when it is over. */
  get endsAt(): number {
    this.#look();
    return this.#endsAt;
  }

  /** Begins anew, and ends `lengthMs` milliseconds from now. */
  begin(lengthMs: number): void {
    this.#lastSeenAt = this.#clock.now();
    this.#endsAt = this.#lastSeenAt + lengthMs;
  }

  end(): void {
    this.#endsAt = Number.NEGATIVE_INFINITY;
  }

  /** How much of it is left. Milliseconds; 0 when it is over. */
  remainingMs(): number {
    const now = this.#look();
    return Math.max(0, this.#endsAt - now);
  }

  isOver(): boolean {
    return this.remainingMs() === 0;
  }

  #look(): number {
    const now = this.#clock.now();
    if (now < this.#lastSeenAt) this.end();
    this.#lastSeenAt = now;
    return now;
  }
}

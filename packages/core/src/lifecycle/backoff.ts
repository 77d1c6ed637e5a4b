import type { Clock } from '../contract.js';

/** Milliseconds before the second try; each further failure doubles it. */
const firstPauseMs = 250;
const longestPauseMs = 30_000;

/** A pause after each failure that doubles until something succeeds. */
export class Backoff {
  readonly #clock: Clock;
  readonly #random: () => number;
  #failures = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: () => number }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Earliest start of the next try. Unix milliseconds; in the past while nothing has failed. */
  get nextAt(): number {
    return this.#nextAt;
  }

  isPausing(): boolean {
    return this.#clock.now() < this.#nextAt;
  }

  fail(): void {
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures);
    // Up to a fifth less, so that a fleet that failed together does not come back together.
    this.#nextAt = this.#clock.now() + pauseMs * (1 - 0.2 * this.#random());
    this.#failures += 1;
  }

  reset(): void {
    this.#failures = 0;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }
}

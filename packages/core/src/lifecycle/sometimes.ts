import type { Clock } from '../contract.js';
import type { SometimesOptions } from '../options.js';

/**
 * Runs a function at most `threshold` times in each window of `intervalMs`.
 *
 * The window is fixed: it opens with the first call and the next one opens with the first call after its end, as
 * client-go limits its install hint.
 */
export class Sometimes {
  readonly #options: SometimesOptions;
  readonly #clock: Clock;
  #windowStart = Number.NEGATIVE_INFINITY;
  #runs = 0;

  constructor(options: SometimesOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Runs `f` unless the limit is reached; tells whether it ran. */
  run(f: () => void): boolean {
    const now = this.#clock.now();
    if (now - this.#windowStart >= this.#options.intervalMs) {
      this.#windowStart = now;
      this.#runs = 0;
    }
    if (this.#runs >= this.#options.threshold) return false;
    this.#runs += 1;
    f();
    return true;
  }
}

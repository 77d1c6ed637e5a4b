import type { Clock } from '../contract.js';
import type { SometimesOptions } from '../options.js';
import { TimeSpan } from './time-span.js';

/**
 * Runs a function at most `threshold` times in each window of `intervalMs`.
 *
 * The window is fixed: it opens with the first call and the next one opens with the first call after its end, as
 * client-go limits its install hint. A clock that goes back ends the window.
 */
export class Sometimes {
  readonly #options: SometimesOptions;
  readonly #window: TimeSpan;
  #runs = 0;

  constructor(options: SometimesOptions, clock: Clock) {
    this.#options = options;
    this.#window = new TimeSpan(clock);
  }

  /** Runs `f` unless the limit is reached; tells whether it ran. */
  run(f: () => void): boolean {
    if (this.#window.isOver()) {
      this.#window.begin(this.#options.intervalMs);
      this.#runs = 0;
    }
    if (this.#runs >= this.#options.threshold) return false;
    this.#runs += 1;
    f();
    return true;
  }
}

import type { Clock } from '../contract.js';
import { TimeSpan } from './time-span.js';

/** Milliseconds before the second try; each further failure doubles it. */
const firstPauseMs = 250;
/** What doubling comes to in the end. */
const longestDoubledMs = 30_000;
/** A try of at least this long counts as slow: it may have waited for somebody, and begins no sooner again than it took. */
const slowMs = 5_000;
/** No pause is longer than this, however long a failed try took. */
const longestPauseMs = 300_000;
/** Nobody is left alone for longer, whatever a service says: what it says may be a mistake. */
const longestLeaveMs = 86_400_000;
/** A pause is at most this many times as long as the slow try behind it. */
const longestInTries = 3;

/**
 * A pause after each failure that grows until something succeeds.
 *
 * It doubles up to half a minute. Behind a slow try it is as long as the try, then twice, then three times as
 * long, up to five minutes: a login that nobody answers for three minutes is not asked for again half a minute later.
 */
export class Backoff {
  readonly #pause: TimeSpan;
  readonly #random: () => number;
  #failures = 0;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: () => number }) {
    this.#pause = new TimeSpan(clock);
    this.#random = random;
  }

  /** Earliest start of the next try. Unix milliseconds; in the past while nothing has failed. */
  get nextAt(): number {
    return this.#pause.endsAt;
  }

  /** How much of the pause is left. Milliseconds; 0 while there is none. */
  remainingMs(): number {
    return this.#pause.remainingMs();
  }

  isPausing(): boolean {
    return !this.#pause.isOver();
  }

  /**
   * @param tookMs how long the failed try took. Milliseconds, as the clock says, which may have jumped meanwhile.
   * @param atLeastMs a longer pause for another reason. Milliseconds.
   */
  fail(tookMs: number, atLeastMs = 0): void {
    const doubledMs = Math.min(longestDoubledMs, firstPauseMs * 2 ** this.#failures);
    this.#failures += 1;
    const inTriesMs = tookMs < slowMs ? 0 : tookMs * Math.min(longestInTries, this.#failures);
    const ownMs = Math.min(longestPauseMs, Math.max(doubledMs, inTriesMs));
    const pauseMs = Math.max(ownMs, atLeastMs);
    // Up to a fifth less, so that a fleet that failed together does not come back together.
    this.#pause.begin(pauseMs * (1 - 0.2 * this.#random()));
  }

  /**
   * Pauses for `ms` milliseconds at least: the service behind the source has said so. Up to a tenth more, so that a fleet that was told
   * the same does not come back together.
   */
  leaveAlone(ms: number): void {
    const pauseMs = Math.min(longestLeaveMs, ms) * (1 + 0.1 * this.#random());
    if (pauseMs > this.remainingMs()) this.#pause.begin(pauseMs);
  }

  reset(): void {
    this.#failures = 0;
    this.#pause.end();
  }
}

import type { CredentialSource } from '../contract.js';

/** The first pause where patience is over with a person who perhaps was never asked. Milliseconds; it doubles. */
const firstRestMs = 600_000;
/** What doubling comes to in the end. A night costs a dozen tabs, and an outage lasts an hour too long at most. */
const longestRestMs = 3_600_000;

/**
 * Counts the loads in a row that asked a person and failed. After so many of them nobody is there, and each further one
 * would open one more browser tab that nobody looks at.
 *
 * Where a source can only guess that it asked, as a plugin on a server that has hung for half a minute, nothing ends: a
 * network that was away comes back by itself, and nobody is there to say so.
 *
 * It is over at once where the source itself says that asking again is of no use.
 */
export class Patience {
  readonly #source: CredentialSource;
  readonly #giveUpAfter: number;
  #asked = 0;
  #perhapsAsked = 0;
  #wasFinal = false;

  constructor({
    source,
    giveUpAfter,
  }: {
    readonly source: CredentialSource;
    readonly giveUpAfter: number;
  }) {
    this.#source = source;
    this.#giveUpAfter = giveUpAfter;
  }

  /** Whether so many loads in a row have surely asked, or the last one has failed for good. */
  get isOver(): boolean {
    return this.#wasFinal || this.#asked >= this.#giveUpAfter;
  }

  /** How many loads in a row have asked a person, surely or perhaps, and failed. */
  get unanswered(): number {
    return this.#asked + this.#perhapsAsked;
  }

  /** How long to leave at least before the next load, where it is not over. Milliseconds; 0 while nobody need be spared. */
  get restMs(): number {
    const tooMany = this.unanswered - this.#giveUpAfter;
    return tooMany < 0 ? 0 : Math.min(longestRestMs, firstRestMs * 2 ** tooMany);
  }

  /**
   * Notes a failure. One that asked nobody says nothing about a person, so it neither counts nor begins a new row.
   * @param tookMs milliseconds
   * @param isFinal what the source says of this failure; the next one may say otherwise.
   */
  failed(tookMs: number, isFinal: boolean = false): void {
    this.#wasFinal = isFinal;
    const hasAsked = this.#hasAsked(tookMs);
    if (hasAsked === 'perhaps') this.#perhapsAsked += 1;
    else if (hasAsked) this.#asked += 1;
  }

  succeeded(): void {
    this.#asked = 0;
    this.#perhapsAsked = 0;
    this.#wasFinal = false;
  }

  #hasAsked(tookMs: number): boolean | 'perhaps' {
    try {
      return mayHaveAsked(this.#source, tookMs);
    } catch {
      // Of a source that cannot tell nobody knows, and pauses limit it all the same.
      return false;
    }
  }
}

/** What `source` says about a load that failed after `tookMs` milliseconds, or would say if it were asked. */
export function mayHaveAsked(source: CredentialSource, tookMs: number): boolean | 'perhaps' {
  return source.mayHaveAsked?.(tookMs) ?? source.isInteractive?.() ?? false;
}

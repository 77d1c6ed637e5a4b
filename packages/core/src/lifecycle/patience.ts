import type { CredentialSource } from '../contract.js';

/**
 * Counts the loads in a row that asked a person and failed. After so many of them nobody is there, and each further one
 * would open one more browser tab that nobody looks at.
 */
export class Patience {
  readonly #source: CredentialSource;
  readonly #giveUpAfter: number;
  #unanswered = 0;

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

  get isOver(): boolean {
    return this.#unanswered >= this.#giveUpAfter;
  }

  /** How many loads in a row have asked a person and failed. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /**
   * Notes a failure. One that asked nobody says nothing about a person, so it neither counts nor begins a new row.
   * @param tookMs milliseconds
   */
  failed(tookMs: number): void {
    if (this.#hasAsked(tookMs)) this.#unanswered += 1;
  }

  succeeded(): void {
    this.#unanswered = 0;
  }

  #hasAsked(tookMs: number): boolean {
    try {
      return mayHaveAsked(this.#source, tookMs);
    } catch {
      // Of a source that cannot tell nobody knows, and pauses limit it all the same.
      return false;
    }
  }
}

/** What `source` says about a load that failed after `tookMs` milliseconds, or would say if it were asked. */
export function mayHaveAsked(source: CredentialSource, tookMs: number): boolean {
  return source.mayHaveAsked?.(tookMs) ?? source.isInteractive?.() ?? false;
}

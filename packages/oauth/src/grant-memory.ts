import { CredentialError } from '@keyturn/core/binding';

interface Refused {
  readonly digest: string;
  readonly error: CredentialError;
  /** In a row, each of another grant. */
  readonly count: number;
  readonly at: number;
}

// A login or two that nobody has looked after; from then on a grant that is made anew each time is asked about less and less.
const quickTries = 1;
const firstPauseMs = 60_000;
const longestPauseMs = 3_600_000;

// A source is asked by few managers, and each use of a refresh token is one entry.
const mostSpent = 1_000;

/**
 * Remembers which grants are of no use any more, by their digests, so that none is presented twice without need: a server that finds a
 * used refresh token once more takes it for stolen, and ends the login of everybody.
 */
export class GrantMemory {
  #refused: Refused | undefined;
  readonly #spent: Set<string> = new Set();

  /** Notes that the server takes a grant no more. */
  refuse(digest: string, error: CredentialError, now: number): void {
    const count = (this.#refused?.count ?? 0) + (this.#refused?.digest === digest ? 0 : 1);
    this.#refused = { digest, error, count, at: now };
  }

  /** Notes that a grant was taken, and that another refresh token has come in its place. */
  accept(digest: string, isSpent: boolean): void {
    this.#refused = undefined;
    if (!isSpent) return;
    this.#spent.add(digest);
    const [oldest] = this.#spent;
    if (this.#spent.size > mostSpent && oldest !== undefined) this.#spent.delete(oldest);
  }

  /**
   * @param isRequested whether a person asks, who may have done something about a grant that was refused
   * @throws {CredentialError} ERR_OAUTH_GRANT where it is of no use to present this one.
   */
  check(
    { digest, isFixed }: { readonly digest: string; readonly isFixed: boolean },
    { isRequested, now }: { readonly isRequested: boolean; readonly now: number },
  ): void {
    if (this.#spent.has(digest)) throw spentError(isFixed);
    const refused = this.#refused;
    if (refused === undefined || isRequested) return;
    if (refused.digest === digest) throw refused.error;
    const sinceMs = now - refused.at;
    // Where the clock has gone back nobody knows how long ago that was.
    if (sinceMs >= 0 && sinceMs < pauseMs(refused.count)) throw refused.error;
  }
}

function pauseMs(count: number): number {
  const more = count - quickTries;
  return more <= 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (more - 1));
}

function spentError(isFinal: boolean): CredentialError {
  return new CredentialError(
    'ERR_OAUTH_GRANT',
    'The refresh token has been used before, by another manager of this source or one that has closed, and the server has put another one in its place. Use one manager, or share the credential with "@keyturn/store".',
    { isFinal },
  );
}

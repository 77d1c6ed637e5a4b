import { CredentialError } from '@keyturn/core/binding';

interface Pause {
  readonly error: CredentialError;
  readonly at: number;
  readonly lengthMs: number;
}

// RFC 8628, 3.5: "slow_down" adds five seconds each time. A 429 that names no time is the same.
const stepMs = 5_000;
const longestStepsMs = 60_000;

/** What the server has said about the next request, for every manager of the source. */
export class ServerPause {
  #pause: Pause | undefined;
  #throttled = 0;

  /** Returns how long to wait, where the server wants fewer requests and may have said how many. Milliseconds. */
  throttled(saidMs: number | undefined): number {
    this.#throttled += 1;
    return saidMs ?? Math.min(longestStepsMs, stepMs * this.#throttled);
  }

  begin(error: CredentialError, now: number): void {
    const lengthMs = error.retryAfterMs ?? 0;
    this.#pause = lengthMs > 0 ? { error, at: now, lengthMs } : undefined;
  }

  end(): void {
    this.#pause = undefined;
    this.#throttled = 0;
  }

  /** @throws {CredentialError} the failure behind the pause, with what is left of it. */
  check(now: number): void {
    if (this.#pause === undefined) return;
    const { error, at, lengthMs } = this.#pause;
    const leftMs = at + lengthMs - now;
    // Where the clock has gone back nobody knows what is left.
    if (now < at || leftMs <= 0) return;
    throw new CredentialError(error.code, error.message, { retryAfterMs: leftMs });
  }
}

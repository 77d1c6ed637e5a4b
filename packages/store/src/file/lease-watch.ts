import type { Clock } from '@keyturn/core';
import type { FileLease } from './state-chain.js';

interface Watched {
  readonly beat: string;
  lookedAt: number;
  unchangedMs: number;
}

// Between two looks no more than this part of the lease counts: a machine that slept gives the holder, too, time to say that it lives.
const longestLook = 1 / 4;

/**
 * Notices that a lease is over: nobody has renewed it for its whole time, by the clock of whoever looks. So it does not matter what the
 * clocks of two machines show.
 */
export class LeaseWatch {
  readonly #clock: Clock;
  readonly #watched: Map<string, Watched> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isOver(key: string, { fence, beat, leaseMs }: FileLease): boolean {
    const now = this.#clock.elapsed?.() ?? this.#clock.now();
    const known = this.#watched.get(key);
    if (known?.beat !== `${fence} ${beat}`) {
      this.#watched.set(key, { beat: `${fence} ${beat}`, lookedAt: now, unchangedMs: 0 });
      return false;
    }
    known.unchangedMs += Math.min(Math.max(0, now - known.lookedAt), leaseMs * longestLook);
    known.lookedAt = now;
    if (known.unchangedMs < leaseMs) return false;
    this.#watched.delete(key);
    return true;
  }
}

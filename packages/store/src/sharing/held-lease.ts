import type { Clock, StoreLease } from '@keyturn/core';
import { onAbort } from '@keyturn/core/binding';
import type { StoreAccess } from './store-access.js';

export interface HeldLeaseParts {
  readonly access: StoreAccess;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly lease: StoreLease;
  /** When it was asked for, by `elapsed()` of the clock and by `now()`. */
  readonly askedAt: Moment;
}

export interface Moment {
  readonly elapsed: number;
  readonly now: number;
}

export function momentOf(clock: Clock): Moment {
  return { elapsed: clock.elapsed?.() ?? clock.now(), now: clock.now() };
}

// A lease is renewed three times before it would be over.
const renewals = 3;
// Who has closed keeps the lease for an answer that is on its way, longer than a request takes; a source that never ends holds up nobody.
const afterAbortMs = 60_000;
// What could not be written is tried again: together for about two minutes, longer than a failover takes.
const savePauseMs = 250;
const longestSavePauseMs = 5_000;
const saves = 30;

/** A lease while it is held: renewed for as long as the load takes, and noticed when it is gone. */
export class HeldLease {
  readonly fence: string;
  readonly isTakeover: boolean;
  readonly #parts: HeldLeaseParts;
  #confirmedAt: Moment;
  #cancel: () => void = () => {};
  #isLost = false;
  #hasEnded = false;
  #load: AbortController | undefined;
  #ignore: () => void = () => {};
  #isSaving = false;
  #abortedAt = Number.POSITIVE_INFINITY;

  constructor(parts: HeldLeaseParts) {
    this.#parts = parts;
    this.fence = parts.lease.fence;
    this.isTakeover = parts.lease.isTakeover;
    this.#confirmedAt = parts.askedAt;
    this.#beat();
  }

  /** Whether somebody else has the lease, or the record was deleted. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Returns a signal that aborts with `signal`, or when the lease is lost: a load that goes on would be for nothing, or do harm. */
  loadSignal(signal: AbortSignal): AbortSignal {
    const load = new AbortController();
    this.#load = load;
    const abort = (): void => {
      this.#abortedAt = momentOf(this.#parts.clock).elapsed;
      load.abort(signal.reason);
    };
    if (signal.aborted) abort();
    else this.#ignore = onAbort(signal, abort);
    return load.signal;
  }

  /**
   * Tells whether the lease can be relied on: a process may have been stopped since it was given, or since it was renewed and before the
   * answer was read. What is used once would then be used by whoever came after.
   * @throws {StoreFailure}
   */
  async confirm(): Promise<boolean> {
    while (!this.isLost && this.#sinceConfirmed() >= this.#parts.leaseMs / 2) await this.#renew();
    return !this.isLost;
  }

  /** Writes and ends the lease; resolves with false where somebody came after. @throws {StoreFailure} */
  async write(value: string): Promise<boolean> {
    const isWritten = await this.#parts.access.write(this.fence, value);
    this.#end();
    return isWritten;
  }

  /**
   * Goes on trying to write what could not be written, in the background and not for ever.
   * @param save rejects while there is a reason to try again
   */
  saveLater(save: () => Promise<unknown>): void {
    this.#isSaving = true;
    let pauseMs = savePauseMs;
    let left = saves;
    const attempt = (): void => {
      this.#parts.clock.schedule(pauseMs, () => void save().catch(again), {
        unref: true,
      });
    };
    const again = (): void => {
      left -= 1;
      pauseMs = Math.min(longestSavePauseMs, pauseMs * 2);
      if (left > 0) attempt();
      else this.#end();
    };
    attempt();
  }

  /** Gives the lease back, unless a write has ended it. A store that fails now ends it by itself. */
  async release(): Promise<void> {
    if (this.#hasEnded || this.#isSaving) return;
    this.#end();
    await this.#parts.access.release(this.fence).catch(() => {});
  }

  #end(): void {
    this.#hasEnded = true;
    this.#cancel();
    this.#ignore();
  }

  #beat(): void {
    const { clock, leaseMs } = this.#parts;
    const next = async (): Promise<void> => {
      if (momentOf(clock).elapsed - this.#abortedAt >= afterAbortMs) return;
      // A store that fails is asked again with the next beat; whether somebody came after shows when it is written.
      await this.#renew().catch(() => {});
      if (!this.#hasEnded && !this.isLost) this.#beat();
    };
    // The load itself keeps the process alive where somebody waits for it.
    this.#cancel = clock.schedule(leaseMs / renewals, () => void next(), { unref: true });
  }

  async #renew(): Promise<void> {
    const { access, clock } = this.#parts;
    const askedAt = momentOf(clock);
    if (await access.renew(this.fence)) this.#confirmedAt = askedAt;
    else if (!this.#hasEnded) this.#lose();
  }

  #lose(): void {
    this.#isLost = true;
    this.#load?.abort(new Error('Another process has the lease.'));
  }

  /** By two clocks: one stands still while the machine sleeps, the other can be set back. */
  #sinceConfirmed(): number {
    const { elapsed, now } = momentOf(this.#parts.clock);
    return Math.max(elapsed - this.#confirmedAt.elapsed, now - this.#confirmedAt.now);
  }
}

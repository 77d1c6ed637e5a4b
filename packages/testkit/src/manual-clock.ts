import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@keyturn/core';

/** A clock that moves only when a test says so. */
export interface ManualClock extends Clock {
  /** How many callbacks wait for their time. */
  readonly scheduled: number;
  /**
   * Moves time forward, step by step from one due callback to the next, and lets everything that a step
   * has woken run before the next one.
   * @throws {TypeError} when `ms` is negative or not finite.
   */
  advance(ms: number): Promise<void>;
  /** Sets the clock forward or, by a negative number, back, and no callback comes the sooner or later for it. Milliseconds. */
  jump(ms: number): void;
}

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** Makes a clock that starts at `nowMs`, Unix milliseconds; default: noon of a day in 2026. */
export function manualClock(nowMs: number = Date.UTC(2026, 0, 15, 12)): ManualClock {
  let now = nowMs;
  /** By how much the clock has jumped. Timers count without it, as those of a machine do. */
  let jumpedMs = 0;
  const timers = new Set<Timer>();

  const takeDue = (until: number): Timer | undefined => {
    // The set keeps the order of scheduling, and only an earlier time wins over it.
    let first: Timer | undefined;
    for (const timer of timers) {
      if (timer.dueAt <= until && (first === undefined || timer.dueAt < first.dueAt)) first = timer;
    }
    if (first !== undefined) timers.delete(first);
    return first;
  };

  return {
    now: () => now + jumpedMs,
    elapsed: () => now,
    schedule: (delayMs, callback) => {
      const timer: Timer = { dueAt: now + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    get scheduled() {
      return timers.size;
    },
    advance: async (ms) => {
      if (!Number.isFinite(ms) || ms < 0) {
        throw new TypeError(
          `A clock advances by a number of milliseconds of at least 0, not ${ms}.`,
        );
      }
      const until = now + ms;
      await nextTurn();
      for (let timer = takeDue(until); timer !== undefined; timer = takeDue(until)) {
        now = Math.max(now, timer.dueAt);
        timer.callback();
        await nextTurn();
      }
      now = until;
      await nextTurn();
    },
    jump: (ms) => {
      jumpedMs += ms;
    },
  };
}

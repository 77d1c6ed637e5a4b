import type { Clock } from '../contract.js';

export type { Clock } from '../contract.js';

/** The clock of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  schedule: (delayMs, callback) => {
    // Not unref'd: whoever schedules has callers waiting, and a process must not end under them.
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

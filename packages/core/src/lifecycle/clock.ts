import type { Clock } from '../contract.js';

export type { Clock } from '../contract.js';

/** The clock of the machine. */
export const systemClock: Clock = {
  // Looked up at each call, as the timers are: who sets the clock of a test sets both.
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule: (delayMs, callback, { unref = false } = {}) => {
    // Most who schedule have callers waiting, and a process must not end under them.
    const timer = setTimeout(callback, delayMs);
    if (unref) timer.unref();
    return () => clearTimeout(timer);
  },
};

import type { Clock } from '../contract.js';

export type { Clock } from '../contract.js';

// What is longer a timer takes for a millisecond. Nobody who schedules that far waits for the moment itself.
const longestDelayMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  // Looked up at each call, as the timers are: who sets the clock of a test sets both.
  now: () => Date.now(),
  elapsed: () => performance.now(),
  schedule: (delayMs, callback, { unref = false } = {}) => {
    // Most who schedule have callers waiting, and a process must not end under them.
    const timer = setTimeout(callback, Math.min(delayMs, longestDelayMs));
    if (unref) timer.unref();
    return () => clearTimeout(timer);
  },
};

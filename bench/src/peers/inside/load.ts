import { setTimeout as sleep } from 'node:timers/promises';
import { type Plugin, runsOf } from '../plugin.js';
import type { Act } from './act.js';

export interface LoadOptions {
  readonly callers: number;
  /** How many lifetimes of the credential are watched. */
  readonly lifetimes: number;
  /** Between two acts of one caller. Milliseconds. */
  readonly gapMs: number;
}

/** What callers saw while their credential expired again and again. */
export interface LoadResult {
  /** The longest wait within each lifetime. Milliseconds. */
  readonly longestMs: readonly number[];
  readonly acts: number;
  readonly refused: number;
  readonly failed: number;
  readonly runsEach: number;
}

/** Of a lifetime: whoever asks only at the expiry has done so by then, and whoever asks early not once more. */
const tail = 0.2;

/** Starts right after a credential has come, with connections that are open. */
export async function loadThroughExpiry(
  act: Act,
  plugin: Plugin,
  { callers, lifetimes, gapMs }: LoadOptions,
): Promise<LoadResult> {
  const longestMs = new Array<number>(lifetimes).fill(0);
  const counts = { well: 0, refused: 0, failed: 0 };
  const runsBefore = runsOf(plugin);
  const startedAt = performance.now();
  const work = async (): Promise<void> => {
    for (;;) {
      const askedAt = performance.now();
      const age = (askedAt - startedAt) / plugin.lifetimeMs;
      if (age > lifetimes + tail) return;
      const lifetime = Math.min(Math.floor(age), lifetimes - 1);
      counts[await act()] += 1;
      const waitedMs = performance.now() - askedAt;
      longestMs[lifetime] = Math.max(longestMs[lifetime] ?? 0, waitedMs);
      await sleep(gapMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, work));
  const { well, refused, failed } = counts;
  const runsEach = (runsOf(plugin) - runsBefore) / lifetimes;
  return { longestMs, acts: well + refused + failed, refused, failed, runsEach };
}

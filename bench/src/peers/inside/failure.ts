import { setTimeout as sleep } from 'node:timers/promises';
import { breakPlugin, mendPlugin, type Plugin, runsOf } from '../plugin.js';
import type { Act } from './act.js';

export interface FailureOptions {
  readonly callers: number;
  /** The plugin exits with code 1 for the first half, and is killed in the second. Milliseconds. */
  readonly failingMs: number;
  /** How long a caller waits before it asks again. Milliseconds. */
  readonly gapMs: number;
}

export interface FailureResult {
  /** Plugin runs while it failed. */
  readonly runs: number;
  /** From the moment the plugin worked again until the first caller was served. Milliseconds. */
  readonly recoveryMs: number;
}

/** Callers ask again and again, from a cold start, of a plugin that fails; then it works again. */
export async function askThroughFailure(
  act: Act,
  plugin: Plugin,
  { callers, failingMs, gapMs }: FailureOptions,
): Promise<FailureResult> {
  breakPlugin(plugin, 'exits');
  const served = Promise.all(Array.from({ length: callers }, () => untilServed(act, gapMs)));
  await sleep(failingMs / 2);
  breakPlugin(plugin, 'killed');
  await sleep(failingMs / 2);
  mendPlugin(plugin);
  const runs = runsOf(plugin);
  const mendedAt = performance.now();
  const recoveryMs = Math.min(...(await served)) - mendedAt;
  return { runs, recoveryMs };
}

async function untilServed(act: Act, gapMs: number): Promise<number> {
  while ((await act()) !== 'well') await sleep(gapMs);
  return performance.now();
}

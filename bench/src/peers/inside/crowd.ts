import { type Plugin, runsOf } from '../plugin.js';
import type { Act } from './act.js';

/** What came of many callers who asked in the same turn. */
export interface CrowdResult {
  readonly elapsedMs: number;
  readonly sent: number;
  readonly well: number;
  readonly runs: number;
}

export async function askAtOnce(act: Act, callers: number, plugin: Plugin): Promise<CrowdResult> {
  const runsBefore = runsOf(plugin);
  const startedAt = performance.now();
  const outcomes = await Promise.all(Array.from({ length: callers }, act));
  const elapsedMs = performance.now() - startedAt;
  const well = outcomes.filter((outcome) => outcome === 'well').length;
  return { elapsedMs, sent: callers, well, runs: runsOf(plugin) - runsBefore };
}

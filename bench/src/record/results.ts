import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import type { SectionResult } from '../section.js';
import { compactJson } from './compact-json.js';

/** Where and how something was measured. */
export interface RunHead {
  /** `20.20.2` */
  readonly node: string;
  readonly v8: string;
  /** `linux x64` */
  readonly platform: string;
  readonly cpus: { readonly model: string; readonly count: number };
  /** `2026-01-31`: of the section that was measured last. */
  readonly date: string;
  /** `--quick`: a look, not a result. */
  readonly quick: boolean;
}

/** What one Node major gave. */
export interface RunRecord extends RunHead {
  readonly sections: Readonly<Record<string, SectionResult>>;
}

/** What bench/results.json holds, by Node major: `20`, `24`. */
export type Results = Readonly<Record<string, RunRecord>>;

/** Describes the Node and the machine that this runs on. */
export function headOfThisRun(quick: boolean): RunHead {
  const { node, v8 } = process.versions;
  const all = cpus();
  const [date = ''] = new Date().toISOString().split('T');
  return {
    ...{ node, v8, platform: `${platform()} ${arch()}` },
    cpus: { model: all[0]?.model.trim() ?? 'unknown', count: all.length },
    ...{ date, quick },
  };
}

export const majorOf = ({ node }: RunHead): string => node.split('.')[0] ?? node;

/**
 * Puts a run, of all sections or of some, into what is there. Sections that were not run again stay as long as they come from
 * the same Node and machine and as careful a run; what is told in one breath must have been measured alike.
 */
export function mergeRun(results: Results, run: RunRecord): Results {
  const known = results[majorOf(run)];
  const kept = known !== undefined && areAlike(known, run) ? known.sections : {};
  // A section that is measured again keeps its place, so that a diff shows figures and nothing else.
  return { ...results, [majorOf(run)]: { ...run, sections: { ...kept, ...run.sections } } };
}

function areAlike(one: RunHead, other: RunHead): boolean {
  const alike = ({ node, platform: system, cpus: { model, count }, quick }: RunHead): string =>
    JSON.stringify([node, system, model, count, quick]);
  return alike(one) === alike(other);
}

/** What the file holds; nothing when there is none yet. */
export function readResults(path: string): Results {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : {};
}

export function writeResults(path: string, results: Results): void {
  writeFileSync(path, `${compactJson(results)}\n`);
}

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

/** What a section gave, and when. Files from before this was noted say neither when nor how long it took. */
export interface StoredSection extends SectionResult {
  /** How long it took to measure. */
  readonly seconds?: number;
  /** `2026-01-31`: a run of some sections leaves the others as old as they are. */
  readonly date?: string;
}

/** What one Node major gave. */
export interface RunRecord extends RunHead {
  readonly sections: Readonly<Record<string, StoredSection>>;
}

/** What bench/results.json holds, by Node major: `20`, `24`. */
export type Results = Readonly<Record<string, RunRecord>>;

/** Describes the Node and the machine that this runs on. */
export function headOfThisRun(quick: boolean): RunHead {
  const { node, v8 } = process.versions;
  const all = cpus();
  return {
    ...{ node, v8, platform: `${platform()} ${arch()}` },
    cpus: { model: all[0]?.model.trim() ?? 'unknown', count: all.length },
    ...{ date: today(), quick },
  };
}

/** `2026-01-31`, in UTC. */
export const today = (): string => new Date().toISOString().slice(0, 10);

export const majorOf = ({ node }: RunHead): string => node.split('.')[0] ?? node;

/**
 * Puts a run, of all sections or of some, into what is there. Sections that were not run again stay as long as they come from
 * the same Node and machine and as careful a run; what is told in one breath must have been measured alike.
 *
 * @param failed names of sections that could not be measured: their old figures go, for what stays under the new date would
 *   be taken for what still holds
 */
export function mergeRun(
  results: Results,
  run: RunRecord,
  failed: readonly string[] = [],
): Results {
  const known = results[majorOf(run)];
  const kept = known !== undefined && areAlike(known, run) ? without(failed, known.sections) : {};
  // A section that is measured again keeps its place, so that a diff shows figures and nothing else.
  return { ...results, [majorOf(run)]: { ...run, sections: { ...kept, ...run.sections } } };
}

function without(names: readonly string[], found: RunRecord['sections']): RunRecord['sections'] {
  return Object.fromEntries(Object.entries(found).filter(([name]) => !names.includes(name)));
}

function areAlike(one: RunHead, other: RunHead): boolean {
  const alike = ({ node, platform: system, cpus: { model, count }, quick }: RunHead): string =>
    JSON.stringify([node, system, model, count, quick]);
  return alike(one) === alike(other);
}

/**
 * What the file holds; nothing when there is none yet.
 * @throws {Error} when it holds something else than runs, with a sentence for the one who started the benchmark
 */
export function readResults(path: string): Results {
  if (!existsSync(path)) return {};
  const found = parsed(readFileSync(path, 'utf8'));
  if (isObject(found) && Object.values(found).every(isRun)) return found as Results;
  throw new Error(
    `"${path}" is no JSON object of runs: delete it, or run the benchmark with --no-write.`,
  );
}

/** Undefined for what is no JSON, such as a file with the marks of a merge in it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether it has the parts without which it cannot be merged. */
function isRun(value: unknown): boolean {
  return isObject(value) && isObject(value['cpus']) && isObject(value['sections']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function writeResults(path: string, results: Results): void {
  writeFileSync(path, `${compactJson(results)}\n`);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headOfThisRun, mergeRun, type RunRecord, readResults, writeResults } from './results.js';

const section = (data: unknown) => ({ budgets: [], tables: [], data });

function runOf(sections: Record<string, number>, changes: Partial<RunRecord> = {}): RunRecord {
  const measured = Object.entries(sections).map(([name, data]) => [name, section(data)]);
  return { ...headOfThisRun(false), sections: Object.fromEntries(measured), ...changes };
}

const major = process.versions.node.split('.')[0] as string;

describe('a run of some sections', () => {
  const known = { [major]: runOf({ throughput: 1, scale: 1, peers: 1 }) };

  it('replaces those and leaves the others, each in its place', () => {
    const merged = mergeRun(known, runOf({ scale: 2 }))[major];
    expect(Object.entries(merged?.sections ?? {})).toEqual([
      ['throughput', section(1)],
      ['scale', section(2)],
      ['peers', section(1)],
    ]);
  });

  it.each([
    ['on another version of Node', { node: `${major}.99.0` }],
    ['on another machine', { cpus: { model: 'other', count: 64 } }],
    ['that is only a look', { quick: true }],
  ])('keeps nothing beside it when it ran %s', (_, changes) => {
    const merged = mergeRun(known, runOf({ scale: 2 }, changes))[major];
    expect(Object.keys(merged?.sections ?? {})).toEqual(['scale']);
  });

  it('leaves other Node majors alone, which stand in order', () => {
    const other = runOf({ scale: 3 }, { node: '9.0.0' });
    const merged = mergeRun(known, other);
    expect(Object.keys(merged)).toEqual(['9', major]);
    expect(merged[major]).toBe(known[major]);
  });
});

it('reads back what it writes, and nothing where there is no file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'results.json');
  expect(readResults(file)).toEqual({});
  writeResults(file, { [major]: runOf({ scale: 1 }) });
  expect(readResults(file)).toEqual({ [major]: runOf({ scale: 1 }) });
  rmSync(folder, { recursive: true });
});

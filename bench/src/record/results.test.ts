import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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

  it('drops the figures of one that failed', () => {
    const merged = mergeRun(known, runOf({ scale: 2 }), ['throughput'])[major];
    expect(Object.keys(merged?.sections ?? {})).toEqual(['scale', 'peers']);
  });

  it('leaves the others as old as they are', () => {
    const old = { ...section(1), seconds: 21, date: '2026-01-31' };
    const before = { [major]: { ...runOf({}), sections: { peers: old } } };
    expect(mergeRun(before, runOf({ scale: 2 }))[major]?.sections['peers']).toEqual(old);
  });

  it('leaves other Node majors alone, which stand in order', () => {
    const other = runOf({ scale: 3 }, { node: '9.0.0' });
    const merged = mergeRun(known, other);
    expect(Object.keys(merged)).toEqual(['9', major]);
    expect(merged[major]).toBe(known[major]);
  });
});

describe('the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const file = join(folder, 'results.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives back what is written to it, and nothing before', () => {
    expect(readResults(file)).toEqual({});
    writeResults(file, { [major]: runOf({ scale: 1 }) });
    expect(readResults(file)).toEqual({ [major]: runOf({ scale: 1 }) });
  });

  it.each(['', '<<<<<<< HEAD', '[]', 'null', '"text"', '{"20": {}}', '{"20": {"sections": {}}}'])(
    'is refused by its name when it holds %j, with what to do about it',
    (text) => {
      writeFileSync(file, text);
      expect(() => readResults(file)).toThrow(
        `"${file}" is no JSON object of runs: delete it, or run the benchmark with --no-write.`,
      );
    },
  );
});

/** The table of rows against the tests that they name, and against the page that is made of it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, textOf } from '../source-files.js';

interface Row {
  readonly id: string;
  readonly behaviour: string;
  readonly verdict: string;
  readonly how?: string;
  readonly test?: string;
  readonly decision?: string;
}

const rows: readonly Row[] = JSON.parse(textOf('test/exec/rows.json'));

/** Ids at the beginning of the titles of tests: `it('B37 W02 refreshes …')`, also behind a table of cases. */
function idsIn(source: string): Set<string> {
  const titles = source.matchAll(/(?:\bit|[)>])(?:\.\w+)*\(\s*['"`]((?:[BW]\d{2,3} )+)/g);
  return new Set([...titles].flatMap((match) => (match[1] ?? '').trim().split(' ')));
}

const ids = new Map<string, Set<string>>();
function idsOf(file: string): Set<string> {
  const known = ids.get(file) ?? idsIn(existsSync(join(root, file)) ? textOf(file) : '');
  ids.set(file, known);
  return known;
}

const numbered = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);

const idsAmong = (wrong: readonly Row[]): string[] => wrong.map(({ id }) => id);

describe('the rows of client-go', () => {
  it('are all there, once and in order', () => {
    expect(idsAmong(rows)).toEqual([...numbered('B', 123), ...numbered('W', 30)]);
  });

  it('have a verdict, and say how or why where it is not "matched"', () => {
    const verdicts = ['matched', 'bettered', 'not applicable'];
    expect(idsAmong(rows.filter(({ verdict }) => !verdicts.includes(verdict)))).toEqual([]);
    const silent = rows.filter(({ verdict, how = '' }) => verdict !== 'matched' && how.length < 5);
    expect(idsAmong(silent)).toEqual([]);
    expect(idsAmong(rows.filter(({ behaviour }) => behaviour.length < 20))).toEqual([]);
  });

  it('have a test of their name, which a row that is not applicable may lack', () => {
    const untested = rows.filter(({ id, test, verdict }) =>
      test === undefined ? verdict !== 'not applicable' : !idsOf(test).has(id),
    );
    expect(idsAmong(untested)).toEqual([]);
  });

  it('cite decisions that are recorded', () => {
    const uncited = rows.filter(
      ({ decision }) =>
        decision !== undefined && !existsSync(join(root, `docs/decisions/${decision}.md`)),
    );
    expect(idsAmong(uncited)).toEqual([]);
  });

  it('would be missed in a test that lost its name', () => {
    expect([
      ...idsIn(`it('B37 W02 refreshes', () => {}); it.each<Row>([1])('B38 keeps', f);`),
    ]).toEqual(['B37', 'W02', 'B38']);
    expect(idsIn(`it('refreshes as B37 says', () => {}); // it is B38`)).toEqual(new Set());
  });

  it('stand in docs/reference/client-go.md as they are', () => {
    const args = ['scripts/write-client-go-reference.mjs', '--check'];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const page = textOf('docs/reference/client-go.md');
    expect(page.match(/^\| \[?[BW]\d+/gm)).toHaveLength(rows.length);
  });
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, textOf } from './source-files.js';

interface Row {
  readonly promise: string;
  readonly path: string;
  readonly title: string;
}

/** The rows of the table: promise, file and title of a test. */
function rowsOf(page: string): Row[] {
  const row =
    /^\| (?<promise>[^|]+) \| \[`(?<name>[^`]+)`\]\((?<path>[^)]+)\): (?<title>[^|]+) \|$/gm;
  return [...page.matchAll(row)].map(({ groups }) => groups as unknown as Row);
}

/** Tells whether a test, a scene or a group of them has this title, as it is written in the source. */
function isTitled({ path, title }: Row): boolean {
  const file = join(root, path);
  return (
    existsSync(file) && [`'${title}'`, `"${title}"`].some((name) => textOf(path).includes(name))
  );
}

const page = textOf('SECURITY.md');
const rows = rowsOf(page);

describe('SECURITY.md', () => {
  it('has a table in which every line is understood', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(lines.length - 1);
    expect(rows.length).toBeGreaterThan(8);
  });

  it.each(rows)('names a test for: $promise', (row) => {
    expect(isTitled(row), `${row.path} has no test "${row.title}"`).toBe(true);
  });

  it('would be caught with a test or a file that is not there', () => {
    const [row] = rows as [Row];
    expect(isTitled({ ...row, title: 'keeps a promise that nobody made' })).toBe(false);
    expect(isTitled({ ...row, path: 'test/gone.test.ts' })).toBe(false);
  });
});

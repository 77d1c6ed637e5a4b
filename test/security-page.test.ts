import { describe, expect, it } from 'vitest';
import { type BackedPromise, isBacked, promisesOf } from './named-tests.js';
import { textOf } from './source-files.js';

const page = textOf('SECURITY.md');
const rows = promisesOf(page);

describe('SECURITY.md', () => {
  it('has a table in which every line is understood', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(lines.length - 1);
    expect(rows.length).toBeGreaterThan(8);
  });

  it.each(rows)('names a test for: $promise', (row) => {
    expect(isBacked(row), `${row.path} has no test "${row.title}"`).toBe(true);
  });

  it('would be caught with a test or a file that is not there', () => {
    const [row] = rows as [BackedPromise];
    expect(isBacked({ ...row, title: 'keeps a promise that nobody made' })).toBe(false);
    expect(isBacked({ ...row, path: 'test/gone.test.ts' })).toBe(false);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './source-files.js';

/** A vitest JSON report of one file, as far as the count reads it. */
const report = (passed: number, failed: number, fileStatus: string): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    testResults: [
      {
        status: fileStatus,
        assertionResults: [
          ...Array.from({ length: passed }, () => ({ status: 'passed' })),
          ...Array.from({ length: failed }, () => ({ status: 'failed' })),
        ],
      },
    ],
  });

describe('the totals of .ci/run', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyturn-count-'));
    writeFileSync(join(folder, 'good'), report(3, 0, 'passed'));
    writeFileSync(join(folder, 'bad'), report(1, 2, 'failed'));
    writeFileSync(join(folder, 'unloadable'), report(4, 0, 'failed'));
    writeFileSync(join(folder, 'empty'), report(0, 0, 'passed'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['add up what passed', 0, ['good', 'good'], '6 0'],
    ['add up what failed', 1, ['good', 'bad'], '4 2'],
    ['count a file that does not load', 1, ['unloadable'], '4 1'],
    ['count a report that is not there', 0, ['good', 'missing'], '3 1'],
    ['count a run without a test', 0, ['empty'], '0 1'],
    ['count a run that failed outside its tests', 1, ['good'], '3 1'],
  ])('%s', (_promise, status, names, expected) => {
    const args = [
      'scripts/count-tests.mjs',
      String(status),
      ...names.map((name) => join(folder, name)),
    ];
    const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect(stdout.trim()).toBe(expected);
  });
});

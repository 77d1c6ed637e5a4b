import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compiledProgram } from '../plugin/compiled-program.js';

/** Runs with this very Node, and without what vitest has put into the environment. */
async function outputOf(...args: readonly string[]): Promise<string> {
  const { PATH = '' } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { PATH } });
  return stdout;
}

const suite = compiledProgram('conformance/reference-suite.js');

/** Some scenes show that a runner takes them; all of them are played beside, in test-binding.test.ts. */
const some = 'carries|keeps';

// Another process takes its time to start, and a machine may be busy.
it('the conformance suite runs under node:test', async () => {
  const output = await outputOf(
    '--test',
    `--test-name-pattern=${some}`,
    '--test-reporter=tap',
    suite,
  );
  const [, passed = '0'] = /^# pass (\d+)$/m.exec(output) ?? [];
  expect(Number(passed)).toBeGreaterThan(5);
  expect(output).toMatch(/^# fail 0$/m);
});

it('the conformance suite runs under mocha', async () => {
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
  const output = await outputOf(
    mocha,
    ...['--no-config', '--reporter=json', '--timeout=10000', '--grep', some],
    suite,
  );
  const { stats } = JSON.parse(output) as { stats: { passes: number; failures: number } };
  expect(stats.passes).toBeGreaterThan(5);
  expect(stats.failures).toBe(0);
});

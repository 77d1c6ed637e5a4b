// Runs vitest with one Node and leaves its JSON report in .build/reports/NAME.json for `.ci/run` to count.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Returns true when every test passed. */
export function runVitest(node, name, args) {
  const started = Date.now();
  const report = `--outputFile.json=.build/reports/${name}.json`;
  const { status } = spawnSync(
    node,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=default',
      '--reporter=json',
      report,
      ...args,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  console.log(`${name}: exit ${status}, ${Date.now() - started} ms`);
  return status === 0;
}

// node scripts/test-compat.mjs [major ...]: the built packages against several versions of each client.
// They are installed in test/compat, which is no workspace: some want a newer Node than ours, and every
// install of the repository would warn about it. Each test runs where its client's own `engines` allow.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { nodeBinary } from './node-binary.mjs';
import { runVitest } from './run-vitest.mjs';

const root = resolve(import.meta.dirname, '..');
const shell = process.platform === 'win32';
const majors = process.argv.slice(2);
if (majors.length === 0) majors.push(process.versions.node.split('.')[0]);

for (const [command, ...args] of [
  ['npm', 'ci', '--prefix', 'test/compat', '--loglevel=error', '--ignore-scripts'],
  [join(root, 'node_modules', '.bin', 'tsc'), '-p', 'test/compat'],
]) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}
let passed = true;
for (const major of majors) {
  const config = ['--config', 'vitest.compat.config.ts'];
  passed = runVitest(nodeBinary(major), `compat-node-${major}`, config) && passed;
}
process.exit(passed ? 0 : 1);

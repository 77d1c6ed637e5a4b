// node scripts/test-mocks.mjs [major ...]: every binding against the mocks of HTTP that people use, and the page that tells how to
// test a program. The mocks are installed in test/mocks, which is no workspace: some want a newer Node than ours.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { nodeBinary } from './node-binary.mjs';

const root = resolve(import.meta.dirname, '..');
const majors = process.argv.slice(2);
if (majors.length === 0) majors.push(process.versions.node.split('.')[0]);

function run(command, args, shell = false) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  return status === 0;
}

const install = ['ci', '--prefix', 'test/mocks', '--loglevel=error', '--ignore-scripts'];
if (!run('npm', install, process.platform === 'win32')) process.exit(1);
const programs = ['test/mocks/index.mjs', 'test/mocks/run-page.mjs'];
const results = majors.flatMap((major) =>
  programs.map((program) => run(nodeBinary(major), [program])),
);
process.exit(results.every(Boolean) ? 0 : 1);

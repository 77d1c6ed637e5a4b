// What test-mocks.mjs and test-wrappers.mjs do: install a folder that is no workspace, and run programs in it.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { nodeBinary } from './node-binary.mjs';

const root = resolve(import.meta.dirname, '..');

function run(command, args, shell = false) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  return status === 0;
}

/**
 * Installs what `folder` locks, and runs `programs` on the majors of Node that the command line names, else on this one. Ends
 * the process, with 1 when one of them fails.
 */
export function playApart(folder, programs) {
  const majors = process.argv.slice(2);
  if (majors.length === 0) majors.push(process.versions.node.split('.')[0]);
  const install = ['ci', '--prefix', folder, '--loglevel=error', '--ignore-scripts'];
  if (!run('npm', install, process.platform === 'win32')) process.exit(1);
  const results = majors.flatMap((major) =>
    programs.map((program) => run(nodeBinary(major), [program])),
  );
  process.exit(results.every(Boolean) ? 0 : 1);
}

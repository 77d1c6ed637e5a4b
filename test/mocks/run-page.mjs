// node test/mocks/run-page.mjs: writes each block of docs/how-to/test-your-program.md into the file that its first line names, and
// runs it with the runner that stands before the name. 1 when one of them fails, or has no test.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, '.build/test-your-program');
const page = 'docs/how-to/test-your-program.md';
const jest = join(import.meta.dirname, 'node_modules/jest/bin/jest.js');

/** What a runner is called with for a file, and what it prints for each test that it has passed. */
const runners = {
  program: undefined,
  vitest: {
    args: [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
    passed: /Tests\s+[1-9]\d* passed/,
  },
  jest: { args: [jest, '--rootDir', folder], passed: /Tests:\s+[1-9]\d* passed/ },
  'jest, ES modules': {
    args: ['--experimental-vm-modules', jest, '--rootDir', folder],
    passed: /Tests:\s+[1-9]\d* passed/,
  },
  'node --test': {
    args: ['--test', '--test-reporter=tap'],
    isPath: true,
    passed: /^# pass [1-9]/m,
  },
};

function readBlocks() {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, code]) => {
    const [, runner, file] = /^\/\/ ([^:\n]+): (\S+)\n/.exec(code) ?? [];
    if (!(runner in runners)) throw new Error(`A block names no runner:\n${code.slice(0, 80)}`);
    return { runner, file, code };
  });
}

/** As a program of its own, whose test has msw and nock beside it. */
function write(blocks) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const [name, alias] of [
    ['msw', 'msw2'],
    ['nock', 'nock14'],
  ]) {
    const target = join(import.meta.dirname, 'node_modules', alias);
    symlinkSync(target, join(folder, 'node_modules', name), 'junction');
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "orders", "private": true }\n');
  // Else that of the repository counts.
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {};\n');
  for (const { file, code } of blocks) writeFileSync(join(folder, file), code);
}

function run({ runner, file }) {
  const { args, isPath = false, passed } = runners[runner];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, isPath ? join(folder, file) : file],
    { cwd: folder, encoding: 'utf8', timeout: 180_000, env: { ...process.env, NO_COLOR: '1' } },
  );
  const output = stdout + stderr;
  const holds = status === 0 && passed.test(output);
  console.log(`${holds ? 'ok   ' : 'FAILS'} ${runner}: ${file}${holds ? '' : `\n${output}`}`);
  return holds;
}

const blocks = readBlocks();
write(blocks);
const results = blocks.filter(({ runner }) => runners[runner] !== undefined).map(run);
const failed = results.filter((holds) => !holds).length;
console.log(`Node ${process.version}: page: ${results.length} files, ${failed} failed`);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);

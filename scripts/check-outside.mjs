// Packs core and testkit, unpacks them in a folder outside the repository, and writes an adapter there that imports
// nothing else: the binding of docs/how-to/write-an-adapter.md, and the suite of scripts/adapter-template under
// node:test. Compiles both with several versions of TypeScript and runs what each has made.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-outside-')));
const compat = 'test/compat/node_modules';
const compilers = [
  ...['typescript5.4', 'typescript5.9', 'typescript6'].map((name) => `${compat}/${name}`),
  'node_modules/typescript',
];

function run(command, args, { cwd = root, shell = false } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell,
  });
  return { passed: status === 0, stdout, output: error?.message ?? stdout + stderr };
}

function npm(...args) {
  const { passed, stdout, output } = run('npm', args, { shell: process.platform === 'win32' });
  if (!passed) throw new Error(output);
  return stdout;
}

/** Our own packages come from their tarballs, third parties from the repository. */
function install() {
  for (const name of ['@keyturn/core', '@keyturn/testkit']) {
    const flags = ['--json', '--foreground-scripts=false', '--pack-destination', scratch];
    const [packed] = Object.values(JSON.parse(npm('pack', ...flags, '-w', name)));
    const home = join(scratch, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    const tarball = join(scratch, packed.filename);
    const { passed, output } = run('tar', ['xzf', tarball, '-C', home, '--strip-components=1']);
    if (!passed) throw new Error(output);
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === '@keyturn') continue;
    symlinkSync(join(root, 'node_modules', name), join(scratch, 'node_modules', name), 'junction');
  }
}

function writeAdapter() {
  const guide = readFileSync(join(root, 'docs/how-to/write-an-adapter.md'), 'utf8');
  const [, binding] = /^```ts\n([\s\S]*?export function bindDemo[\s\S]*?)^```$/m.exec(guide);
  const template = join(root, 'scripts/adapter-template/src/conformance.test.ts');
  const suite = readFileSync(template, 'utf8')
    .replaceAll('Sample', 'Demo')
    .replaceAll('sample', 'demo')
    .replace("import { it } from 'vitest'", "import { it } from 'node:test'");
  const compilerOptions = { target: 'es2022', module: 'node16', strict: true, types: ['node'] };
  const lib = ['es2023', 'esnext.disposable'];
  const config = { compilerOptions: { ...compilerOptions, lib, rootDir: '.' }, include: ['*.ts'] };
  for (const [path, text] of [
    ['bind-demo.ts', binding],
    ['suite.ts', suite],
    ['package.json', JSON.stringify({ name: 'outside', type: 'module', private: true })],
    ['tsconfig.json', JSON.stringify(config)],
  ]) {
    writeFileSync(join(scratch, path), text);
  }
}

/** Says what went wrong with one compiler, or undefined. */
function problemWith(compiler, folder) {
  const compiled = run(process.execPath, [
    join(root, compiler, 'bin/tsc'),
    ...['-p', scratch, '--outDir', join(scratch, folder)],
  ]);
  const errors = compiled.output.split('\n').filter((line) => / error TS\d/.test(line));
  // What is said of a third party is not about us: the declarations of inversify want more than TypeScript 5.4.
  const own = errors.filter((line) => !line.startsWith('node_modules/'));
  if (own.length > 0 || (errors.length === 0 && !compiled.passed)) return compiled.output;
  const played = run(process.execPath, [join(folder, 'suite.js')], { cwd: scratch });
  const hasRun = /^(?:#|ℹ) pass [1-9]/m.test(played.output);
  return played.passed && hasRun ? undefined : played.output;
}

try {
  if (compilers.some((path) => !existsSync(join(root, path)))) {
    npm('ci', '--prefix', 'test/compat', '--loglevel=error', '--ignore-scripts');
  }
  install();
  writeAdapter();
  for (const [index, compiler] of compilers.entries()) {
    const { version } = JSON.parse(readFileSync(join(root, compiler, 'package.json'), 'utf8'));
    const problem = problemWith(compiler, `out-${index}`);
    if (problem !== undefined) process.exitCode = 1;
    console.log(`TypeScript ${version}: ${problem ?? 'compiles, and the suite passes'}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

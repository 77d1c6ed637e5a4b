// Installs axios alone, and axios with the tarballs of core, https and axios' binding, each in an empty folder, as a user
// does. Ours may add no third-party package to what axios brings, and no more than 2,000 KiB. Needs the registry.
import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'keyturn-install-'));
const limitKib = 2_000;

function npm(cwd, ...args) {
  const options = { cwd, encoding: 'utf8', shell: process.platform === 'win32' };
  const { status, stdout, stderr, error } = spawnSync('npm', args, options);
  if (status !== 0) throw new Error(error?.message ?? stdout + stderr);
  return stdout;
}

function pack(name) {
  const flags = ['--json', '--foreground-scripts=false', '--pack-destination', scratch];
  const [packed] = Object.values(JSON.parse(npm(root, 'pack', ...flags, '-w', `@keyturn/${name}`)));
  return join(scratch, packed.filename);
}

/** Installs in an empty folder and tells which packages came, and how large they are. */
function install(name, ...packages) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{}');
  npm(folder, 'install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages);
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const paths = Object.keys(lock.packages).filter((path) => path !== '');
  const names = paths.map((path) =>
    path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
  );
  return { names: new Set(names), bytes: sizeOf(join(folder, 'node_modules')) };
}

function sizeOf(path) {
  const { size } = lstatSync(path);
  if (!lstatSync(path).isDirectory()) return size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), size);
}

try {
  const bare = install('bare', 'axios@1.21.1');
  const ours = install('ours', ...['core', 'https', 'axios'].map(pack), 'axios@1.21.1');
  const added = [...ours.names].filter((name) => !bare.names.has(name));
  const strangers = added.filter((name) => !name.startsWith('@keyturn/'));
  const kib = Math.ceil((ours.bytes - bare.bytes) / 1024);
  console.log(`added to axios: ${added.join(', ')}`);
  console.log(`third-party packages added: ${strangers.length} (0 allowed)`);
  console.log(`KiB added: ${kib} (${limitKib} allowed)`);
  if (strangers.length > 0 || added.length !== 3 || kib > limitKib) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

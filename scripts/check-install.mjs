// Installs axios alone, and axios with the tarballs of core, https and axios' binding, each in an empty folder, as a user
// does. Ours may add no third-party package to what axios brings, and no more than 2,000 KiB. Needs the registry.
// With `--json PACKAGE…` it installs more, and prints what each brings.
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
const axios = 'axios@1.21.1';

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

const isStranger = (name) => !name.startsWith('@keyturn/');

/** Which packages `ours` has and `bare` has not, and how much larger it is. */
function difference(what, ours, bare) {
  const added = [...ours.names].filter((name) => !bare.names.has(name));
  const kib = Math.ceil((ours.bytes - bare.bytes) / 1024);
  return { what, packages: added.length, kib, strangers: added.filter(isStranger).length, added };
}

/** For the benchmark: core alone, ours beside axios, axios alone, and whatever else is named. */
function measureAll(others) {
  const nothing = { names: new Set(), bytes: 0 };
  const core = difference('@keyturn/core', install('core', pack('core')), nothing);
  const named = others.map((name, index) => difference(name, install(`${index}`, name), nothing));
  return [core, measureAdded(), difference(axios, install('axios', axios), nothing), ...named];
}

function measureAdded() {
  const ours = install('ours', ...['core', 'https', 'axios'].map(pack), axios);
  return difference(
    '@keyturn/core, https and axios, beside axios itself',
    ours,
    install('bare', axios),
  );
}

function check({ added, strangers, kib }) {
  console.log(`added to axios: ${added.join(', ')}`);
  console.log(`third-party packages added: ${strangers} (0 allowed)`);
  console.log(`KiB added: ${kib} (${limitKib} allowed)`);
  if (strangers > 0 || added.length !== 3 || kib > limitKib) process.exitCode = 1;
}

const [flag, ...others] = process.argv.slice(2);
try {
  if (flag === '--json') console.log(JSON.stringify(measureAll(others)));
  else check(measureAdded());
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

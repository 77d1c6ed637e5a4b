// npm run new:adapter NAME: makes packages/NAME from scripts/adapter-template and gives it its place in the
// references, the rooms and the lock file. It needs no network. docs/how-to/write-an-adapter.md goes on from there.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const help = `Usage: npm run new:adapter NAME

Makes packages/NAME: a binding that compiles and is not written yet, its module, and the conformance suite for it.
NAME is lower case, with hyphens between words: "ky", "node-fetch".

  --root FOLDER   the repository to add it to; default: this one
  --help          print this`;

const template = join(import.meta.dirname, 'adapter-template');
const { values, positionals } = readArguments();
const root = resolve(values.root ?? join(import.meta.dirname, '..'));
const [name = ''] = positionals;

if (values.help) console.log(help);
else {
  refuseWrongNames();
  for (const step of [writePackage, addReferences, addRooms, addToLock, linkPackage, format])
    step();
  console.log(`packages/${name} is there. It compiles, and its suite fails until the binding is written:

  npm test -w packages/${name}

docs/how-to/write-an-adapter.md says how to write it, and what to do at the end.`);
}

function readArguments() {
  const options = { root: { type: 'string' }, help: { type: 'boolean', short: 'h' } };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return fail(`${error.message}\n\n${help}`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function refuseWrongNames() {
  if (positionals.length !== 1) fail(`Give one name.\n\n${help}`);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    fail(
      `"${name}" cannot name a package. Use lower case, with hyphens between words: "my-client".`,
    );
  }
  if (existsSync(join(root, 'packages', name))) {
    fail(`packages/${name} exists already. Choose another name, or delete that folder first.`);
  }
}

/** "my-client" for files and packages, "myClient" and "MyClient" for names in the code. */
function rename(text) {
  const camel = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return text
    .replaceAll('Sample', camel[0].toUpperCase() + camel.slice(1))
    .replaceAll(/sample(?=[A-Z])/g, camel)
    .replaceAll('sample', name);
}

function writePackage() {
  const { version } = JSON.parse(read('lerna.json'));
  for (const entry of readdirSync(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const from = join(entry.parentPath, entry.name);
    const to = join(root, 'packages', name, rename(from.slice(template.length)));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, rename(readFileSync(from, 'utf8')).replaceAll('0.0.0', version));
  }
}

function addReferences() {
  for (const [file, path] of [
    ['tsconfig.json', `packages/${name}`],
    ['test/tsconfig.json', `../packages/${name}`],
  ]) {
    editJson(file, ({ references }) => {
      const last = references.findLastIndex((reference) => reference.path.includes('packages/'));
      references.splice(last, 0, { path });
    });
  }
}

/** What the new package may import: the ground floor of core, and only in module.ts the container. */
function addRooms() {
  const inside = ['**', '!./**', '!../*.js', '!node:*', '!node:*/**', '!@keyturn/core/binding'];
  const tls = ['node:tls', 'node:https', 'tls', 'https'];
  const inModule = ['**', '!./*.js', '!@keyturn/core/binding', '!@keyturn/core/container'];
  editJson('biome.imports.json', ({ overrides }) => {
    overrides.push(
      room('**', [...inside, ...tls], 'imports @keyturn/core/binding and its client'),
      room('module.ts', inModule, 'plugs into the container in module.ts'),
    );
  });
  const arrows = 'test/architecture.test.ts';
  write(arrows, read(arrows).replace(/^ {2}kubernetes: \[/m, `  '${name}': ['core/ground'],\n$&`));
}

function room(files, group, message) {
  const options = { patterns: [{ group, message: `${name} ${message}` }] };
  const noRestrictedImports = { level: 'error', options };
  return {
    includes: [`packages/${name}/src/${files}`, '!**/*.test.ts'],
    linter: { rules: { style: { noRestrictedImports } } },
  };
}

// Not by npm, which would ask the registry for whatever it has not in its cache.
function addToLock() {
  const { version, license, dependencies, engines } = JSON.parse(
    read(`packages/${name}/package.json`),
  );
  editJson('package-lock.json', (lock) => {
    const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
    entries.push(
      [`node_modules/@keyturn/${name}`, { resolved: `packages/${name}`, link: true }],
      [`packages/${name}`, { name: `@keyturn/${name}`, version, license, dependencies, engines }],
    );
    entries.sort(([one], [other]) => one.localeCompare(other, 'en'));
    lock.packages = Object.fromEntries([['', lock.packages['']], ...entries]);
  });
}

function linkPackage() {
  const scope = join(root, 'node_modules', '@keyturn');
  if (!existsSync(scope)) return;
  symlinkSync(
    process.platform === 'win32' ? join(root, 'packages', name) : `../../packages/${name}`,
    join(scope, name),
    'junction',
  );
}

function format() {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const files = ['tsconfig.json', 'test/tsconfig.json', 'test/architecture.test.ts'];
  const args = ['check', '--write', `packages/${name}`, 'biome.imports.json', ...files];
  const { status } = spawnSync(process.execPath, [biome, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) fail('The files are written, but biome could not format them; see above.');
}

function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

function write(path, text) {
  writeFileSync(join(root, path), text);
}

function editJson(path, edit) {
  const value = JSON.parse(read(path));
  edit(value);
  write(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

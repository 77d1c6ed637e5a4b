// Packs every public package and checks the tarball as a consumer would get it: publint, "are the types
// wrong", what is inside, and import() and require() of every entry point from a scratch project.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'keyturn-packages-'));
const shell = process.platform === 'win32';

const run = (command, args, cwd = root) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell });
const bin = (name) => join(root, 'node_modules', '.bin', name);

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

function attempt(command, args, cwd) {
  try {
    run(command, args, cwd);
    return true;
  } catch (error) {
    fail(error.stdout || error.stderr || error.message);
    return false;
  }
}

/** What must not be in a tarball, and what must. */
function problemsInside(folder, files) {
  const problems = files
    .filter((path) => /\.test\.|\.tsbuildinfo$/.test(path))
    .map((path) => `ships ${path}`);
  for (const path of files) {
    // A build output whose source is gone stays in dist/ until `npm run clean`. A chunk is made of many sources, and
    // scripts/bundle.mjs removes what is none any more.
    const [, module] =
      /^dist\/(?!chunks\/|third-party\/)(.+?)\.(?:d\.c?ts|c?js)(?:\.map)?$/.exec(path) ?? [];
    if (module !== undefined && !existsSync(join(folder, `src/${module}.ts`)))
      problems.push(`ships ${path} without a source`);
  }
  for (const path of [
    'LICENSE',
    'README.md',
    'package.json',
    'THIRD-PARTY-NOTICES.txt',
    'sbom.json',
  ]) {
    if (!files.includes(path)) problems.push(`lacks ${path}`);
  }
  return problems;
}

/** The links of the packed README that lead neither to a file of the tarball nor, by their whole address, to one of the repository. */
function deadLinks(home, { repository }) {
  const address = `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/`;
  const readme = readFileSync(join(home, 'README.md'), 'utf8');
  return [...readme.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map(([, target]) => target)
    .filter((target) => target.startsWith(address) || !/^[a-z]+:/.test(target))
    .filter((target) =>
      target.startsWith(address)
        ? !existsSync(join(root, target.slice(address.length)))
        : !existsSync(join(home, target)),
    );
}

/** Packs one package, checks the tarball and unpacks it in the scratch project. */
function check(manifest) {
  const flags = ['--json', '--foreground-scripts=false', '--pack-destination', scratch];
  const [packed] = Object.values(JSON.parse(run('npm', ['pack', ...flags, '-w', manifest.name])));
  const tarball = join(scratch, packed.filename);
  for (const problem of problemsInside(
    join(root, manifest.repository.directory),
    packed.files.map(({ path }) => path),
  )) {
    fail(`${manifest.name} ${problem}`);
  }
  attempt(bin('publint'), ['run', tarball, '--strict']);
  // What can be required has to be found by every resolver; what cannot, by those that know ES modules.
  const profile = isRequirable(manifest) ? 'strict' : 'esm-only';
  attempt(bin('attw'), [tarball, '--profile', profile, '--no-color']);
  const home = join(scratch, 'node_modules', manifest.name);
  mkdirSync(home, { recursive: true });
  run('tar', ['xzf', tarball, '-C', home, '--strip-components=1']);
  for (const link of deadLinks(home, manifest))
    fail(`${manifest.name} links ${link} in its README`);
  const { size, unpackedSize, entryCount } = packed;
  console.log(
    `${manifest.name}: ${size} B packed, ${unpackedSize} B unpacked, ${entryCount} files`,
  );
}

/** The scratch project takes third parties from the repository, our own packages from the tarballs. */
function linkThirdParties() {
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.startsWith('.') || name === '@keyturn') continue;
    symlinkSync(join(root, 'node_modules', name), join(scratch, 'node_modules', name), 'junction');
  }
}

const loader = `
const names = process.argv.slice(2);
Promise.all(names.map(async (name) => {
  const required = require(name);
  const imported = await import(name);
  if (Object.keys(imported).length === 0) throw new Error(name + ' exports nothing');
  for (const key of Object.keys(imported)) {
    if (imported[key] !== required[key]) throw new Error(name + ': two copies of ' + key);
  }
})).catch((error) => { console.error(error); process.exit(1); });
`;

/**
 * As a bundler finds it: what is loaded late is imported at once, and in a circle with what asks for it. So no file of it may need
 * the names of another while it is played, whichever entry point comes first.
 */
const asBundled = `
const [name] = process.argv.slice(1);
if (Object.keys(await import(name)).length === 0) throw new Error(name + ' exports nothing');
`;

function importAsBundled(name) {
  const flags = ['--conditions=module', '--input-type=module', '--eval', asBundled];
  return attempt(process.execPath, [...flags, name], scratch);
}

const isRequirable = ({ exports }) => exports['.'].require !== undefined;

const entryPoints = ({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1));

try {
  const manifests = readdirSync(join(root, 'packages'))
    .map((name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')))
    .filter((manifest) => !manifest.private);
  for (const manifest of manifests) check(manifest);
  linkThirdParties();
  writeFileSync(join(scratch, 'load.cjs'), loader);
  const names = manifests.flatMap(entryPoints);
  if (attempt(process.execPath, ['load.cjs', ...names], scratch)) {
    console.log(
      `import() and require() agree on Node ${process.versions.node}: ${names.join(', ')}`,
    );
  }
  const entries = manifests.filter(({ imports }) => imports !== undefined).flatMap(entryPoints);
  if (entries.map(importAsBundled).every(Boolean)) {
    console.log(`each can be the first of a bundle: ${entries.join(', ')}`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

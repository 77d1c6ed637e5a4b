// One package, in each module format that it has: a file for each entry point, and chunks for what several of them
// share, because a program that starts pays for every file.
import { join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { minify } from 'rolldown/utils';
import { moveImportCalls } from './at-first-use.mjs';
import { inputsOf, readJson } from './entry-points.mjs';
import { privateReflectMetadata } from './private-reflect-metadata.mjs';
import {
  bundleThirdParty,
  thirdPartiesApart,
  withPathsOfThirdParties,
} from './third-parties-apart.mjs';
import { isThirdParty, packageOf } from './third-party-folders.mjs';

const root = resolve(import.meta.dirname, '../..');
const thirdPartyChunk = 'third-party/';

/**
 * Bundles the package in `folder`.
 *
 * Returns the texts of its files by their paths in `dist`, and the folders of the third-party packages inside.
 */
export async function bundlePackage(folder) {
  const thirdParties = new Set();
  const files = new Map();
  for (const format of ['esm', 'cjs']) {
    const names = inputsOf(folder, { isRequired: format === 'cjs' });
    if (names.length === 0) continue;
    for (const [name, text] of await bundle(folder, names, format, thirdParties)) {
      files.set(name, text);
    }
  }
  return { files, thirdParties };
}

async function bundle(folder, names, format, thirdParties) {
  const apart = new Set();
  const isExternal = externalsOf(folder);
  const bundler = await rolldown({
    cwd: root,
    input: Object.fromEntries(names.map((name) => [name, join(folder, 'src', `${name}.ts`)])),
    platform: 'node',
    tsconfig: join(folder, 'tsconfig.json'),
    external: isExternal,
    plugins: [thirdPartiesApart(apart, isExternal), privateReflectMetadata()],
    // How long a busy machine takes is no fault of the code.
    checks: { bundlerTimings: false },
    onLog,
  });
  const ending = format === 'esm' ? 'js' : 'cjs';
  const { output } = await bundler.generate({
    format,
    dir: join(folder, 'dist'),
    entryFileNames: `[name].${ending}`,
    chunkFileNames: ({ name }) =>
      name.startsWith(thirdPartyChunk) ? `${name}.${ending}` : `chunks/[name].${ending}`,
    codeSplitting: {
      // A chunk takes in what its modules import, so that what others stand on is given away first.
      groups: [
        { name: chunkOfThirdParty, debugName: 'third parties', priority: 9 },
        ...(names.length > 1 ? Object.keys(chunks) : []).map((name, index) => ({
          name,
          test: (id) => chunkOf(folder, names, id) === name,
          priority: 8 - index,
        })),
      ],
    },
    // A CommonJS build is there for test runners and old bundlers. To read is the other one.
    sourcemap: format === 'esm',
    // The tarball has them already.
    sourcemapExcludeSources: true,
  });
  await bundler.close();
  const fileOf = (name) => `${thirdPartyChunk}${fileNameOf(name)}.${ending}`;
  for (const name of apart) {
    output.push({ ...(await bundleThirdParty(folder, name, format)), fileName: fileOf(name) });
  }
  const files = new Map();
  for (const each of output) {
    for (const id of each.moduleIds ?? [])
      if (isThirdParty(id)) thirdParties.add(packageOf(id).folder);
    const isForeign = each.fileName.startsWith(thirdPartyChunk);
    if (isForeign && each.type === 'asset') continue;
    const code = each.code && withPathsOfThirdParties(each.fileName, each.code, fileOf);
    if (isForeign) files.set(each.fileName, await shorten(each));
    else if (format === 'cjs') files.set(each.fileName, await shortened({ ...each, code }));
    else files.set(each.fileName, code ?? each.source);
  }
  return format === 'esm' ? moveImportCalls(folder, files) : files;
}

/**
 * Our other packages and the clients are imported: a program has one copy of them. So are the modules of Node. An optional
 * peer is inside; a program has it for its types.
 */
function externalsOf(folder) {
  const manifest = readJson(join(folder, 'package.json'));
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter(
    (name) => !peerDependenciesMeta[name]?.optional,
  );
  const names = [...Object.keys(dependencies), ...peers];
  return (id) =>
    id.startsWith('node:') || names.some((name) => id === name || id.startsWith(`${name}/`));
}

function onLog(_level, { message }) {
  throw new Error(message);
}

/** What is not ours stands in files of its own, named after the package that was asked for. */
function chunkOfThirdParty(id, graph) {
  return isThirdParty(id) ? thirdPartyChunk + fileNameOf(askedFor(id, graph)) : null;
}

/** Which rooms are one chunk, from the ground to the roof. */
const chunks = {
  ground: [''],
  lifecycle: ['lifecycle', 'sources'],
  exec: ['text', 'exec'],
  container: ['container'],
};

/**
 * Our own code in few chunks, each of rooms that are loaded together: every file costs a program that starts. Left alone, the
 * bundler makes one for each set of entry points that share something. What stands in `module.ts` brings inversify, as what
 * stands in `container` does; what stands at the top is for everybody. A package with one entry point is one file.
 */
function chunkOf(folder, names, id) {
  const path = relative(join(folder, 'src'), id).replaceAll(sep, '/');
  if (!/^[^.].*\.ts$/.test(path) || names.includes(path.slice(0, -'.ts'.length))) return null;
  const room = path === 'module.ts' ? 'container' : path.slice(0, Math.max(0, path.indexOf('/')));
  return Object.keys(chunks).find((chunk) => chunks[chunk].includes(room));
}

/** Follows the importers of a third-party module to the one that our own code names. */
function askedFor(id, graph, seen = new Set()) {
  seen.add(id);
  const importers = graph.getModuleInfo(id)?.importers ?? [];
  const stranger = importers.find((each) => isThirdParty(each) && !seen.has(each));
  return stranger === undefined ? packageOf(id).name : askedFor(stranger, graph, seen);
}

function fileNameOf(packageName) {
  return packageName.replace(/^@/, '').replaceAll('/', '-');
}

/** Nobody reads third-party code here: the bill of materials says which version to read, and every start parses it. */
async function shorten({ fileName, code }) {
  const { code: shorter, errors } = await minify(fileName, code, {
    module: fileName.endsWith('.js'),
  });
  if (errors.length > 0) throw new Error(`${fileName}: ${errors[0].message}`);
  return `// Third-party code, shortened. THIRD-PARTY-NOTICES.txt has its licences, sbom.json its versions.\n${shorter}\n`;
}

async function shortened({ fileName, code }) {
  const { code: shorter, errors } = await minify(fileName, code, { module: false });
  if (errors.length > 0) throw new Error(`${fileName}: ${errors[0].message}`);
  return `${shorter}\n`;
}

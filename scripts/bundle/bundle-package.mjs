// One package, in each module format that it has: a file for each entry point, and chunks for what several of them
// share, because a program that starts pays for every file.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { minify } from 'rolldown/utils';
import { addTwins } from './add-twins.mjs';
import { inputsOf, readJson } from './entry-points.mjs';
import { privateReflectMetadata } from './private-reflect-metadata.mjs';
import { takeModulesOfNode } from './take-modules-of-node.mjs';
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
    for (const together of bundledTogether(names)) {
      for (const [name, text] of await bundle(folder, together, format, thirdParties)) {
        files.set(name, text);
      }
    }
  }
  return { files, thirdParties };
}

/** What is for packages that want nothing else of this one holds its code once more: shared, it would be a file more for everybody. */
function bundledTogether(names) {
  const isApart = (name) => name === 'tunnel/index';
  const apart = names.filter(isApart);
  return [names.filter((name) => !isApart(name)), apart].filter(({ length }) => length > 0);
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
    plugins: [
      thirdPartiesApart(apart, isExternal),
      privateReflectMetadata(),
      entryPointsApart(folder, names, format),
      oneFileOfCore(folder),
    ],
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
        {
          name: (id, graph) => chunkOfThirdParty(id, graph, format),
          debugName: 'third parties',
          priority: 9,
        },
        ...(names.length > 1 ? chunkNames : []).map((name, index) => ({
          name: (id, graph) => (chunkOf(folder, names, id, graph) === name ? name : null),
          debugName: name,
          priority: 8 - index,
        })),
      ],
    },
    // A map leads a stack trace to its lines; to read is the repository. A CommonJS build is there for test runners and old bundlers.
    sourcemap: format === 'esm',
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
    else if (format === 'cjs')
      files.set(each.fileName, `${(await shortened(each.fileName, code, {})).code}\n`);
    else files.set(each.fileName, code ?? each.source);
  }
  return format === 'esm' ? await withoutBlanks(addTwins(folder, files)) : files;
}

/**
 * ES modules without comments and blanks, for every start reads them and what they leave on the heap is what a collection has to go
 * through. The names of functions and classes stay, for stack traces; the maps lead to the lines of the sources.
 */
async function withoutBlanks(files) {
  const short = new Map(files);
  for (const [path, text] of files) {
    if (!path.endsWith('.js') || path.startsWith(thirdPartyChunk)) continue;
    const map = files.get(`${path}.map`);
    const result = await shortened(path, takeModulesOfNode(text), {
      compress: { keepNames: allNames },
      mangle: { keepNames: allNames },
      // One letter beyond Latin-1 doubles the memory of a whole file.
      codegen: { asciiOnly: true },
      ...(map === undefined ? {} : { sourcemap: true, inputMap: JSON.parse(map) }),
    });
    if (map === undefined) short.set(path, result.code);
    else {
      short.set(path, `${result.code}\n//# sourceMappingURL=${basename(path)}.map\n`);
      short.set(`${path}.map`, JSON.stringify(result.map));
    }
  }
  return short;
}

const allNames = { function: true, class: true };

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
  const isOf = (id) => names.some((name) => id === name || id.startsWith(`${name}/`));
  return (id) => id.startsWith('node:') || (isOf(id) && !isOneFileOfCore(folder, id));
}

function onLog(_level, { message }) {
  throw new Error(message);
}

/** What the main entry point gives on of another one is imported from its file; else both would share a chunk, a file more. */
function entryPointsApart(folder, names, format) {
  return {
    name: 'entry-points-apart',
    resolveId(source, importer) {
      if (importer !== join(folder, 'src/index.ts')) return undefined;
      const name = source.replace(/^\.\//, '').replace(/\.js$/, '');
      const ending = format === 'esm' ? 'js' : 'cjs';
      return names.includes(name) ? { id: `./${name}.${ending}`, external: true } : undefined;
    },
  };
}

/**
 * An adapter that brings a module loads `/container`. What it takes from `/binding`, it takes from that file, too: a file less is
 * loaded. So the one holds the names of the other.
 */
function oneFileOfCore(folder) {
  const container = join(folder, 'src/container/index.ts');
  return {
    name: 'one-file-of-core',
    resolveId: (source) =>
      isOneFileOfCore(folder, source)
        ? { id: '@keyturn/core/container', external: true }
        : undefined,
    transform: {
      filter: { id: container },
      handler(code) {
        const names = readFileSync(join(folder, 'src/binding.ts'), 'utf8');
        return { code: `${code}\n${names.replaceAll("from './", "from '../")}`, map: null };
      },
    },
  };
}

function isOneFileOfCore(folder, source) {
  return source === '@keyturn/core/binding' && existsSync(join(folder, 'src/module.ts'));
}

/** What is not ours stands in files of its own, named after the package that was asked for. */
function chunkOfThirdParty(id, graph, format) {
  const name = isThirdParty(id) ? askedFor(id, graph) : undefined;
  if (name === undefined || (format === 'esm' && name === alwaysLoaded)) return null;
  return thirdPartyChunk + fileNameOf(name);
}

// Every program needs it, so it is in the file that needs it: a file less is loaded.
const alwaysLoaded = 'inversify';

/**
 * Our own code in few chunks, because every file costs a program that starts, from the ground to the roof. Left alone, the bundler
 * makes one for each set of entry points that share something.
 * - `core`: all that the main entry point leads to, or the one for adapters;
 * - `exec`: what is left. It is loaded with the first plugin, or by the entry points that name it.
 *
 * What stands in the room `container` or in `module.ts` brings inversify, and is in the file of that entry point.
 *
 * A package with one entry point is one file.
 */
const chunkNames = ['core', 'exec'];

function chunkOf(folder, names, id, graph) {
  const path = relative(join(folder, 'src'), id).replaceAll(sep, '/');
  if (!/^[^.].*\.ts$/.test(path) || names.includes(path.slice(0, -'.ts'.length))) return null;
  // What is loaded with an import() gives its names itself; out of a chunk it would be an object of the bundler's making.
  if (graph.getModuleInfo(id)?.dynamicImporters.length > 0) return null;
  if (path === 'module.ts' || path.startsWith('container/')) return null;
  const entries = ['index', 'binding', 'container/index'].map((name) =>
    join(folder, `src/${name}.ts`),
  );
  return isReachedFrom(entries, id, graph) ? 'core' : 'exec';
}

/** Tells whether a program that imports one of `entries` loads `id` at its start, and not with an `import()`. */
function isReachedFrom(entries, id, graph, seen = new Set()) {
  if (entries.includes(id)) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  const importers = graph.getModuleInfo(id)?.importers ?? [];
  return importers.some((importer) => isReachedFrom(entries, importer, graph, seen));
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
  const { code: shorter } = await shortened(fileName, code, { codegen: { asciiOnly: true } });
  return `// Third-party code, shortened. THIRD-PARTY-NOTICES.txt has its licences, sbom.json its versions.\n${shorter}\n`;
}

async function shortened(fileName, code, options) {
  const result = await minify(fileName, code, { module: fileName.endsWith('.js'), ...options });
  if (result.errors.length > 0) throw new Error(`${fileName}: ${result.errors[0].message}`);
  return result;
}

// The second half of a build: writes the JavaScript of the packages beside the declarations that `tsc -b` has written,
// third-party code included. Follows the references of the project in the working directory, as the compiler does, and
// writes for those that ask the compiler for declarations alone. docs/decisions/0034-packages-are-bundled.md says why.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isStamped, keepStamp } from './bundle/build-stamp.mjs';
import { bundlePackage } from './bundle/bundle-package.mjs';
import { commonjsDeclarations } from './bundle/commonjs-declarations.mjs';
import { readJson } from './bundle/entry-points.mjs';
import { foldersOfSubpaths } from './bundle/folders-of-subpaths.mjs';
import { papersOf } from './bundle/third-party-papers.mjs';

/** The folders of the projects to bundle, each once. */
function findProjects(folder, seen = new Set()) {
  if (seen.has(folder)) return [];
  seen.add(folder);
  const { references = [], compilerOptions = {} } = readJson(join(folder, 'tsconfig.json'));
  const others = references.flatMap(({ path }) => findProjects(resolve(folder, path), seen));
  return compilerOptions.emitDeclarationOnly ? [...others, folder] : others;
}

/** Writes what has changed, for another program may be reading the rest. */
function write(folder, files) {
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (readIfThere(path) === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

/** Removes what an earlier build has written and this one has not, and declarations whose source has gone or moved. */
function removeOthers(folder, dist, files) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(dist, path).replaceAll('\\', '/');
    const [, source] = /^(.+)\.d\.ts(?:\.map)?$/.exec(name) ?? [];
    const isOrphan = source !== undefined && !existsSync(join(folder, 'src', `${source}.ts`));
    const isOld = /\.(?:c?js|d\.cts)(?:\.map)?$/.test(name) && !files.has(name);
    if (isOrphan || isOld) rmSync(path);
  }
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

for (const folder of findProjects(process.cwd())) {
  if (isStamped(folder)) continue;
  const { files, thirdParties } = await bundlePackage(folder);
  const dist = join(folder, 'dist');
  const built = new Map([...files, ...commonjsDeclarations(folder)]);
  write(dist, built);
  removeOthers(folder, dist, built);
  write(folder, [...papersOf(folder, thirdParties), ...foldersOfSubpaths(folder)]);
  keepStamp(folder);
}

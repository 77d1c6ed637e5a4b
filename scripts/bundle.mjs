// The second half of a build: writes the JavaScript of the packages beside the declarations that `tsc -b` has written.
// One file for each entry point, and one for what several of them share, because a program that starts pays for every
// file. Follows the references of the project in the working directory, as the compiler does, and writes for those
// that ask the compiler for declarations alone. docs/decisions/0034-packages-are-bundled.md says why.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '..');

/** The folders of the projects to bundle, each once. */
function findProjects(folder, seen = new Set()) {
  if (seen.has(folder)) return [];
  seen.add(folder);
  const { references = [], compilerOptions = {} } = readJson(join(folder, 'tsconfig.json'));
  const others = references.flatMap(({ path }) => findProjects(resolve(folder, path), seen));
  return compilerOptions.emitDeclarationOnly ? [...others, folder] : others;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Makes chunks and their source maps: their texts by their paths in `dist`. */
async function bundle(folder) {
  const targets = Object.values(readJson(join(folder, 'package.json')).exports);
  const names = targets.flatMap((target) => /^\.\/dist\/(.+)\.js$/.exec(target)?.[1] ?? []);
  const bundler = await rolldown({
    cwd: root,
    input: Object.fromEntries(names.map((name) => [name, join(folder, 'src', `${name}.ts`)])),
    platform: 'node',
    tsconfig: join(folder, 'tsconfig.json'),
    // What another package brings is imported: a program has one copy of everything.
    external: (id) => !id.startsWith('.') && !id.startsWith(folder),
    onLog: (_level, { message }) => {
      throw new Error(message);
    },
  });
  const { output } = await bundler.generate({
    format: 'esm',
    dir: join(folder, 'dist'),
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
    // The tarball has them already.
    sourcemapExcludeSources: true,
  });
  await bundler.close();
  return new Map(output.map(({ fileName, code, source }) => [fileName, code ?? source]));
}

/** Writes what has changed, for another program may be reading the rest, and removes what no longer belongs there. */
function write(dist, files) {
  for (const [name, text] of files) {
    const path = join(dist, name);
    if (readIfThere(path) === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(dist, path).replaceAll('\\', '/');
    if (/\.js(?:\.map)?$/.test(name) && !files.has(name)) rmSync(path);
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

for (const folder of findProjects(process.cwd())) write(join(folder, 'dist'), await bundle(folder));

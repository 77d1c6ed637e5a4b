// What our sources load with `import()` is a file of its own, which Node reads when it is asked for.
//
// A bundler must not see the `import()`: a program that waits at its top level and is bundled to one file reaches such code
// before its turn, and one that is bundled to chunks waits for itself. So a file that holds an `import()` has a twin, which
// imports the same at once, and the package names the two together in its `imports`: the condition `module`, which every
// bundler sets and Node does not, leads to the twin.
import { basename, join } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import { parseAst } from 'rolldown/parseAst';
import { readJson } from './entry-points.mjs';
import { fileFrom, replaceImportCalls } from './import-calls.mjs';

const twinOf = (path) => path.replace(/\.js$/, '-at-once.js');
const specifierOf = (path) => `#${basename(path, '.js')}`;

/**
 * Adds the twins to the built ES modules of the package in `folder`, and has everything import them by their common name.
 *
 * Takes and returns the texts of its files by their paths in `dist`.
 */
export function addTwins(folder, files) {
  const isCode = (path) => path.endsWith('.js') && !path.startsWith('third-party/');
  const codes = [...files].filter(([path]) => isCode(path));
  const twins = codes.filter(([, text]) => loadsLater(text)).map(([path]) => path);
  if (twins.length === 0) return files;
  expectImports(folder, twins);
  const all = new Map(files);
  for (const [path, text] of codes) {
    const renamed = nameTwins(path, text, twins);
    all.set(path, renamed);
    if (twins.includes(path)) all.set(twinOf(path), importAtOnce(path, renamed, twins));
  }
  return all;
}

function loadsLater(text) {
  let found = false;
  replaceImportCalls(text, () => {
    found = true;
  });
  return found;
}

function expectImports(folder, twins) {
  const imports = Object.fromEntries(
    twins.map((path) => [
      specifierOf(path),
      { module: `./dist/${twinOf(path)}`, default: `./dist/${path}` },
    ]),
  );
  if (!isDeepStrictEqual(readJson(join(folder, 'package.json')).imports, imports)) {
    throw new Error(`${folder} has an import(): "imports" must be ${JSON.stringify(imports)}.`);
  }
}

/** Replaces the paths of files that have a twin, in the static imports of a built file. */
function nameTwins(path, text, twins) {
  let named = text;
  for (const { source } of parseAst(text).body.reverse()) {
    const target = source && join(path, '..', source.value);
    if (!twins.includes(target)) continue;
    const specifier = JSON.stringify(specifierOf(target));
    named = named.slice(0, source.start) + specifier + named.slice(source.end);
  }
  return named;
}

function importAtOnce(path, text, twins) {
  const names = new Map();
  const rewritten = replaceImportCalls(text, (source) => {
    const target = join(path, '..', source);
    const specifier = twins.includes(target) ? specifierOf(target) : fileFrom(path, target);
    if (!names.has(specifier)) names.set(specifier, `loaded${names.size}`);
    return `Promise.resolve(${names.get(specifier)})`;
  });
  const imports = [...names].map(
    ([specifier, name]) => `import * as ${name} from ${JSON.stringify(specifier)};`,
  );
  return `${imports.join(' ')} ${rewritten.replace(/\/\/# sourceMappingURL=.*\s*$/, '')}`;
}

// What our sources load with `import()` is a file of its own, which Node reads when it is asked for.
//
// A bundler must not see the `import()`: a program that waits at its top level and is bundled to one file reaches such code
// before its turn, and one that is bundled to chunks waits for itself. So it stands in a file that the condition `module`
// of the package's `imports` replaces; every bundler sets it and Node does not. There the same code is imported at once.
import { basename, join } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import { readJson } from './entry-points.mjs';
import { fileFrom, replaceImportCalls } from './import-calls.mjs';

const specifier = '#at-first-use';
const forNode = 'chunks/at-first-use.js';
const forBundlers = 'chunks/at-once.js';

const imports = {
  [specifier]: { module: `./dist/${forBundlers}`, default: `./dist/${forNode}` },
};

/**
 * Moves every `import()` of the built ES modules of the package in `folder` to the two files.
 *
 * Takes and returns the texts of its files by their paths in `dist`.
 */
export function moveImportCalls(folder, files) {
  const targets = new Map();
  const moved = [...files].map(([path, text]) =>
    path.endsWith('.js') ? [path, withoutImportCalls(path, text, targets)] : [path, text],
  );
  if (targets.size === 0) return new Map(moved);
  if (!isDeepStrictEqual(readJson(join(folder, 'package.json')).imports, imports)) {
    throw new Error(`${folder} has an import(): "imports" must be ${JSON.stringify(imports)}.`);
  }
  return new Map([
    ...moved,
    [forNode, textForNode(targets)],
    [forBundlers, textForBundlers(targets)],
  ]);
}

function withoutImportCalls(path, text, targets) {
  const names = new Set();
  const rewritten = replaceImportCalls(text, (source) => {
    const target = join(path, '..', source);
    const name = nameOf(target);
    targets.set(name, target);
    names.add(name);
    return `${name}()`;
  });
  if (names.size === 0) return text;
  // In the first line, so that the lines of the source map stay right.
  return `import { ${[...names].join(', ')} } from "${specifier}"; ${rewritten}`;
}

/** `third-party/js-yaml.js`: `loadJsYaml` */
function nameOf(target) {
  const words = basename(target, '.js').split(/\W+/);
  return `load${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

const from = (file, target) => JSON.stringify(fileFrom(file, target));

function textForNode(targets) {
  const lines = [...targets].map(
    ([name, target]) => `export const ${name} = () => import(${from(forNode, target)});\n`,
  );
  return lines.join('');
}

function textForBundlers(targets) {
  const lines = [...targets].map(
    ([name, target]) =>
      `import * as ${name}Module from ${from(forBundlers, target)};\nexport const ${name} = () => Promise.resolve(${name}Module);\n`,
  );
  return lines.join('');
}

// What our sources load with `import()` of a third party becomes a function that runs that code when it is first called.
//
// A bundle cannot keep the `import()`: a program that waits at its top level and is bundled to one file reaches such code
// before its turn, and one that is bundled to chunks waits for itself. And nothing needs it: a function that nobody calls
// costs no more than reading it, which takes less time than to find another file.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { isThirdParty, packageOf } from './third-party-folders.mjs';

const scheme = 'at-first-use:';

/** Makes the plugin for the package in `folder`; the folders of what it takes in are added to `thirdParties`. */
export function atFirstUse(folder, thirdParties) {
  return {
    name: 'at-first-use',
    transform: {
      filter: { id: /[\\/]src[\\/].*\.ts$/, code: /\bimport\(/ },
      handler: (code) => rewrite(code),
    },
    resolveId(source) {
      return source.startsWith(scheme) ? `\0${source}` : undefined;
    },
    async load(id) {
      if (!id.startsWith(`\0${scheme}`)) return undefined;
      return makerOf(await commonjsOf(folder, id.slice(scheme.length + 1), thirdParties));
    },
  };
}

function rewrite(code) {
  const calls = importCallsIn(parseAst(code, { lang: 'ts', sourceType: 'module' }));
  if (calls.length === 0) return undefined;
  let rewritten = code;
  const imports = [];
  for (const [index, { start, end, source }] of [...calls.entries()].reverse()) {
    const name = source.value;
    if (typeof name !== 'string' || name.startsWith('.')) {
      throw new Error(
        `import(${code.slice(source.start, source.end)}): import it at the top; only third parties wait.`,
      );
    }
    imports.push(`import { make as make${index} } from ${JSON.stringify(scheme + name)};`);
    rewritten = `${rewritten.slice(0, start)}Promise.resolve(make${index}())${rewritten.slice(end)}`;
  }
  // In the first line, so that the lines of the source map stay right.
  return { code: `${imports.join(' ')} ${rewritten}`, map: null };
}

/** Finds `import()`, and not the type `import('x').Y`, in a syntax tree. */
function importCallsIn(node) {
  if (node === null || typeof node !== 'object') return [];
  const inside = Object.values(node).flatMap((child) => importCallsIn(child));
  return node.type === 'ImportExpression' ? [node, ...inside] : inside;
}

/** Bundles a third party, whole, to one CommonJS text. */
async function commonjsOf(folder, name, thirdParties) {
  const entry = '\0entry';
  const bundler = await rolldown({
    cwd: folder,
    input: entry,
    platform: 'node',
    plugins: [
      {
        name: 'entry',
        resolveId(source, importer) {
          if (source === entry) return entry;
          // A virtual module stands nowhere, so its import is looked up from our sources.
          return importer === entry
            ? this.resolve(source, join(folder, 'src', 'index.ts'))
            : undefined;
        },
        load: (id) =>
          id === entry
            ? `import * as all from ${JSON.stringify(name)}; export { all };`
            : undefined,
      },
    ],
    checks: { bundlerTimings: false },
    onLog: (_level, { message }) => {
      throw new Error(message);
    },
  });
  const { output } = await bundler.generate({ format: 'cjs', codeSplitting: false });
  await bundler.close();
  for (const id of output[0].moduleIds)
    if (isThirdParty(id)) thirdParties.add(packageOf(id).folder);
  return output[0].code;
}

/** A module whose `make()` runs a CommonJS text once. Its `require()` knows only what belongs to Node. */
function makerOf(commonjs) {
  return `let module;
export function make() {
  if (module === undefined) {
    const started = { exports: {} };
    run(started, started.exports, (name) => process.getBuiltinModule(name));
    module = started;
  }
  return module.exports.all;
}
function run(module, exports, require) {
${commonjs}
}`;
}

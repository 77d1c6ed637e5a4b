// Third-party code that our sources load with `import()`: a file of its own, bundled apart, so that nothing that a program
// loads at its start shares anything with it.
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { esmExternalRequirePlugin } from 'rolldown/plugins';
import { fileFrom, replaceImportCalls } from './import-calls.mjs';

const scheme = 'third-party:';

/** Leaves out of a bundle what is loaded with `import()`, and adds its name to `names`. */
export function thirdPartiesApart(names, isExternal) {
  return {
    name: 'third-parties-apart',
    resolveId(source, _importer, { kind }) {
      if (kind !== 'dynamic-import' || source.startsWith('.') || isExternal(source))
        return undefined;
      names.add(source);
      return { id: scheme + source, external: true };
    },
  };
}

/** Names the file that an `import()` is to load, in the text of the built file at `path`. */
export function withPathsOfThirdParties(path, text, fileOf) {
  return replaceImportCalls(text, (source) => {
    if (!source.startsWith(scheme)) return undefined;
    const file = JSON.stringify(fileFrom(path, fileOf(source.slice(scheme.length))));
    // Not every test runner has import() for a CommonJS file.
    const load = path.endsWith('.cjs') ? `Promise.resolve(require(${file}))` : `import(${file})`;
    return `${load}.then(({ all }) => all)`;
  });
}

/** Bundles one third party, whole, to one chunk, which exports it as `all`. */
export async function bundleThirdParty(folder, name, format) {
  const bundler = await rolldown({
    cwd: folder,
    input: entry,
    platform: 'node',
    plugins: [
      entryFor(folder, name),
      // Else an ES module makes a require() of its own for what belongs to Node, from an address that not every bundle has.
      ...(format === 'esm' ? [esmExternalRequirePlugin({ external: builtinModules })] : []),
    ],
    checks: { bundlerTimings: false },
    onLog: (_level, { message }) => {
      throw new Error(message);
    },
  });
  const { output } = await bundler.generate({ format, codeSplitting: false });
  await bundler.close();
  return output[0];
}

const entry = '\0entry';

/** As `import * as all` sees it: a CommonJS module has its exports as `default` then. */
function entryFor(folder, name) {
  return {
    name: 'entry',
    resolveId(source, importer) {
      if (source === entry) return entry;
      // A virtual module stands nowhere, so its import is looked up from our sources.
      return importer === entry ? this.resolve(source, join(folder, 'src/index.ts')) : undefined;
    },
    load: (id) =>
      id === entry ? `import * as all from ${JSON.stringify(name)}; export { all };` : undefined,
  };
}

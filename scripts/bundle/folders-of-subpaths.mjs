// A resolver that does not read `exports` looks for "@keyturn/core/exec" in the folder `exec` of the package:
// TypeScript's moduleResolution node10, and the bundlers and test runners of its time.
import { relative } from 'node:path/posix';
import { entryPointsOf } from './entry-points.mjs';

/** Returns the package.json of each of those folders, by its path in the package. */
export function foldersOfSubpaths(folder) {
  const files = new Map();
  for (const { subpath, name, isRequirable } of entryPointsOf(folder)) {
    if (subpath === '.') continue;
    const to = (ending) => relative(subpath, `./dist/${name}.${ending}`);
    const commonjs = { main: to('cjs'), types: to('d.cts') };
    const manifest = isRequirable ? commonjs : { main: to('js'), types: to('d.ts') };
    files.set(`${subpath.slice(2)}/package.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
  return files;
}

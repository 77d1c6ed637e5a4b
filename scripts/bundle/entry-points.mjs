import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * What a package exports, read from its package.json: the subpath that a program names ("." or "./exec"), the name of
 * the built file without its ending ("index", "exec/index"), and whether there is a CommonJS build of it.
 */
export function entryPointsOf(folder) {
  const { exports } = readJson(join(folder, 'package.json'));
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const { require, import: esm } = typeof target === 'string' ? { import: target } : target;
    const [, name] = /^\.\/dist\/(.+)\.js$/.exec(esm) ?? [];
    return name === undefined ? [] : [{ subpath, name, isRequirable: require !== undefined }];
  });
}

/**
 * The files to build for `require()`, or for `import`, by their names without ending. Where a package has programs, which
 * are started by their path, each source keeps its file.
 */
export function inputsOf(folder, { isRequired }) {
  const entryPoints = entryPointsOf(folder).filter(
    ({ isRequirable }) => isRequirable || !isRequired,
  );
  const names = entryPoints.map(({ name }) => name);
  const { bin } = readJson(join(folder, 'package.json'));
  return bin === undefined || isRequired ? names : [...new Set([...names, ...sourcesOf(folder)])];
}

function sourcesOf(folder) {
  return readdirSync(join(folder, 'src'), { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map((path) => path.slice(0, -'.ts'.length));
}

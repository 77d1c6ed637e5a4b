import { packageNames, textOf } from './source-files.js';

/** What a program may import of a package, and where it is made. */
export interface EntryPoint {
  readonly specifier: string;
  readonly source: string;
  /** Built files, as paths in the package. */
  readonly esm: string;
  readonly commonjs?: string;
}

export interface Conditions {
  readonly 'module-sync': string;
  readonly import: string;
  readonly require: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Conditions>>;
}

/** Reads the entry points of the package in `packages/FOLDER`; its package.json is none. */
export function entryPointsOf(folder: string): EntryPoint[] {
  const { name, exports } = JSON.parse(textOf(`packages/${folder}/package.json`)) as Manifest;
  return Object.entries(exports)
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, target]) => {
      const esm = typeof target === 'string' ? target : target.import;
      return {
        specifier: name + subpath.slice(1),
        source: `packages/${folder}/${sourceOf(esm)}`,
        esm,
        ...(typeof target === 'string' ? {} : { commonjs: target.require }),
      };
    });
}

/** The source behind a built file. */
export function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, 'src/').replace(/\.c?js$/, '.ts');
}

export const everyEntryPoint: readonly EntryPoint[] = packageNames.flatMap(entryPointsOf);

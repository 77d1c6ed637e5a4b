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
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(textOf(`packages/${folder}/package.json`)) as Manifest;

/** What a package imports: our own packages and the client. An optional peer is inside; only its types are wanted. */
export function importableBy(folder: string): string[] {
  const { dependencies, peerDependencies, peerDependenciesMeta = {} } = manifestOf(folder);
  return Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => peerDependenciesMeta[name]?.optional !== true,
  );
}

/** Reads the entry points of the package in `packages/FOLDER`; its package.json is none. */
export function entryPointsOf(folder: string): EntryPoint[] {
  const { name, exports } = manifestOf(folder);
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

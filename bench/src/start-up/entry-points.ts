import { readdirSync, readFileSync } from 'node:fs';

/** What one can import by name. */
export interface EntryPoint {
  /** `@keyturn/core/binding` */
  readonly name: string;
  /** The built file. */
  readonly file: URL;
  /** Folder of its package, from which its dependencies are found. */
  readonly folder: URL;
}

interface PackageFile {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly import: string }>>;
}

/** Reads every entry point of every package in `packages`, except the package.json itself. */
export function readEntryPoints(packages: URL): EntryPoint[] {
  return readdirSync(packages)
    .toSorted()
    .flatMap((name) => readPackage(new URL(`${name}/`, packages)));
}

function readPackage(folder: URL): EntryPoint[] {
  const text = readFileSync(new URL('package.json', folder), 'utf8');
  const { name, exports } = JSON.parse(text) as PackageFile;
  return Object.entries(exports)
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, target]) => ({
      name: name + subpath.slice(1),
      file: new URL(typeof target === 'string' ? target : target.import, folder),
      folder,
    }));
}

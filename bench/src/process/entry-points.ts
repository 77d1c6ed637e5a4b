import { readdirSync, readFileSync } from 'node:fs';

/** What one can import by name. */
export interface EntryPoint {
  /** `@keyturn/core/binding` */
  readonly name: string;
  /** The built file. */
  readonly file: URL;
  /** What a program that imports it has loaded anyway: the client, where there is one. */
  readonly client: string | undefined;
}

interface PackageFile {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly import: string }>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Reads every entry point of every package in `packages`, except the package.json itself. */
export function readEntryPoints(packages: URL): EntryPoint[] {
  return readdirSync(packages)
    .toSorted()
    .flatMap((name) => readPackage(new URL(`${name}/`, packages)));
}

function readPackage(folder: URL): EntryPoint[] {
  const text = readFileSync(new URL('package.json', folder), 'utf8');
  const manifest = JSON.parse(text) as PackageFile;
  return Object.entries(manifest.exports)
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, target]) => ({
      name: manifest.name + subpath.slice(1),
      file: new URL(typeof target === 'string' ? target : target.import, folder),
      client: clientOf(manifest),
    }));
}

function clientOf({ peerDependencies = {}, peerDependenciesMeta = {} }: PackageFile) {
  return Object.keys(peerDependencies).find(
    (name) => !name.startsWith('@keyturn/') && peerDependenciesMeta[name]?.optional !== true,
  );
}

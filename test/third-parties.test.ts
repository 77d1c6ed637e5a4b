import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importableBy } from './entry-points.js';
import { importsOf, packageNames, packageSources, root, textOf } from './source-files.js';

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly Component[];
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
}

const json = <T>(path: string): T => JSON.parse(textOf(path)) as T;
const locked = json<{ readonly packages: Readonly<Record<string, LockedPackage>> }>(
  'package-lock.json',
).packages;

const hexOf = (integrity = ''): string =>
  Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');

/** Every entry of the lock file for one version of a package; npm may have put it in more than one place. */
const entriesOf = ({ name, version }: Pick<Component, 'name' | 'version'>) =>
  Object.entries(locked).filter(
    ([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.version === version,
  );

describe.each(packageNames)('what @keyturn/%s says of the code inside it', (folder) => {
  const { bomFormat, components } = json<Bill>(`packages/${folder}/sbom.json`);
  const notices = textOf(`packages/${folder}/THIRD-PARTY-NOTICES.txt`);

  it('names each version as the lock file has it, with its hash', () => {
    expect(bomFormat).toBe('CycloneDX');
    for (const component of components) {
      const hashes = entriesOf(component).map(([, { integrity }]) => hexOf(integrity));
      expect(hashes).toContain(component.hashes[0]?.content);
      expect(component.purl).toBe(
        `pkg:npm/${component.name.replace('@', '%40')}@${component.version}`,
      );
    }
  });

  it('holds the licence of each, word for word', () => {
    for (const component of components) {
      const [path = ''] = entriesOf(component)[0] ?? [];
      const license = readdirSync(join(root, path)).find((name) => /^licen[cs]e/i.test(name)) ?? '';
      expect(notices).toContain(`${component.name}@${component.version} (`);
      expect(notices).toContain(
        readFileSync(join(root, path, license), 'utf8')
          .replaceAll('\r\n', '\n')
          .trim(),
      );
    }
  });

  it('names every third party that the sources import, and no stranger', () => {
    const named = components.map(({ name }) => name);
    const imported = importedBy(folder);
    expect(imported.filter((name) => !named.includes(name))).toEqual([]);
    const possible = imported.flatMap((name) => closureOf(name));
    expect(named.filter((name) => !possible.includes(name))).toEqual([]);
  });
});

it('The lists are not empty everywhere, so the tests above can tell', () => {
  const names = json<Bill>('packages/core/sbom.json').components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['inversify', 'cross-spawn', 'reflect-metadata']));
});

/** Third parties that the sources of a package import and that are not left to the program. */
function importedBy(folder: string): string[] {
  const outside = importableBy(folder);
  const names = packageSources()
    .filter((path) => path.startsWith(`packages/${folder}/`))
    .flatMap((path) => importsOf(textOf(path)))
    .filter(({ specifier, typeOnly }) => !typeOnly && !/^[./]|^node:/.test(specifier))
    .map(({ specifier }) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '');
  return [...new Set(names)].filter((name) => !outside.includes(name));
}

/** A package and all that it may bring, read from the lock file. */
function closureOf(name: string, seen: Set<string> = new Set()): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  for (const [path, entry] of Object.entries(locked)) {
    if (!path.endsWith(`node_modules/${name}`)) continue;
    const next = Object.keys({ ...entry.dependencies, ...entry.peerDependencies });
    for (const each of next) closureOf(each, seen);
  }
  return [...seen];
}

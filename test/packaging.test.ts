import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, packageNames, resolveImport, root, textOf } from './source-files.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly sideEffects: boolean;
  readonly repository: { readonly directory: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (path: string): Manifest => JSON.parse(textOf(path)) as Manifest;
const sourceOf = (folder: string, target: string): string =>
  `packages/${folder}/${target.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')}`;

describe.each(packageNames)('package %s', (folder) => {
  const manifest = manifestOf(`packages/${folder}/package.json`);

  it('exports files that have a source', () => {
    const targets = [...Object.values(manifest.exports), ...Object.values(manifest.bin ?? {})];
    const missing = targets
      .filter((target) => target !== './package.json')
      .filter((target) => !existsSync(join(root, sourceOf(folder, target))));
    expect(missing).toEqual([]);
  });

  it('says who may use it, where it runs and what it ships', () => {
    expect(manifest).toMatchObject({
      name: `@keyturn/${folder}`,
      type: 'module',
      license: 'Apache-2.0',
      engines: { node: '>=20.19.0' },
      sideEffects: false,
      repository: { directory: `packages/${folder}` },
    });
    expect(manifest.files).toEqual(['dist', 'src', '!**/*.test.ts', '!dist/.tsbuildinfo']);
    expect(existsSync(join(root, `packages/${folder}/README.md`))).toBe(true);
  });

  it('has the version of lerna.json and takes its siblings in that version', () => {
    const { version } = JSON.parse(textOf('lerna.json')) as { version: string };
    const siblings = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter(([name]) => name.startsWith('@keyturn/'))
      .map(([, range]) => range);
    expect(manifest.version).toBe(version);
    expect(siblings.filter((range) => range !== `^${version}`)).toEqual([]);
  });

  it('depends on each third party that it imports at run time', () => {
    const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
    const entries = Object.values(manifest.exports).filter((target) => target.endsWith('.js'));
    const loaded = new Set(entries.flatMap((target) => [...loadedBy(sourceOf(folder, target))]));
    const names = [...loaded].map((specifier) => packageNameOf(specifier));
    expect(names.filter((name) => !(name in declared) && name !== manifest.name)).toEqual([]);
  });
});

const packageNameOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The packages that loading `entry` loads, followed over the sources; types are erased and load nothing. */
function loadedBy(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { specifier, typeOnly } of importsOf(textOf(file))) {
      if (typeOnly || specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) follow(resolveImport(file, specifier));
      else packages.add(specifier);
    }
  };
  follow(entry);
  return packages;
}

describe('start-up', () => {
  it.each(packageNames.filter((name) => name !== 'testkit'))(
    'a program loads %s in one file for each entry point, and in chunks',
    (folder) => {
      const { exports } = manifestOf(`packages/${folder}/package.json`);
      const entries = Object.values(exports).filter((target) => target.endsWith('.js'));
      const built = readdirSync(join(root, 'packages', folder, 'dist'), { recursive: true })
        .map((path) => `./dist/${String(path).replaceAll(sep, '/')}`)
        .filter((path) => path.endsWith('.js') && !path.startsWith('./dist/chunks/'));
      expect(built.toSorted()).toEqual(entries.toSorted());
    },
  );

  it.each(['binding.ts', 'lifecycle/index.ts'])('%s of core loads no third party', (entry) => {
    expect([...loadedBy(`packages/core/src/${entry}`)]).toEqual([]);
  });

  it.each(['axios', 'got', 'grpc', 'https', 'undici'])(
    'bind.ts of %s loads no container',
    (name) => {
      const containers = [
        '@keyturn/core',
        '@keyturn/core/container',
        '@keyturn/https',
        'inversify',
      ];
      const loaded = loadedBy(`packages/${name}/src/bind.ts`);
      expect(containers.filter((each) => loaded.has(each))).toEqual([]);
      expect([...loadedBy(`packages/${name}/src/index.ts`)]).toContain('@keyturn/core/container');
    },
  );

  it('the index of core does load the container, so the test above can tell', () => {
    expect([...loadedBy('packages/core/src/index.ts')]).toContain('inversify');
  });
});

import { existsSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, sep } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';
import { type Conditions, entryPointsOf, importableBy, sourceOf } from './entry-points.js';
import { importsOf, packageNames, resolveImport, root, textOf } from './source-files.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string | Conditions>>;
  readonly imports?: Readonly<
    Record<string, { readonly module: string; readonly default: string }>
  >;
  readonly main: string;
  readonly types: string;
  readonly files: readonly string[];
  readonly sideEffects: boolean;
  readonly repository: { readonly directory: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (path: string): Manifest => JSON.parse(textOf(path)) as Manifest;

/** The packages whose client is an ES module, and the one for tests, which has programs that are. */
const esmOnly = ['got', 'testkit'];

const papers = ['THIRD-PARTY-NOTICES.txt', 'sbom.json'];

describe.each(packageNames)('package %s', (folder) => {
  const manifest = manifestOf(`packages/${folder}/package.json`);
  const entryPoints = entryPointsOf(folder);

  it('exports files that have a source', () => {
    const programs = Object.values(manifest.bin ?? {}).map((path) => sourceOf(path));
    const sources = [
      ...entryPoints.map(({ source }) => source),
      ...programs.map((path) => `packages/${folder}/${path}`),
    ];
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('can be required where its client can, and is one copy in Node', () => {
    for (const { esm, commonjs } of entryPoints) {
      expect(commonjs).toBe(esmOnly.includes(folder) ? undefined : esm.replace(/js$/, 'cjs'));
    }
    // Node takes the first condition for `import` and for `require()`, so that both give the same objects.
    const conditions = Object.values(manifest.exports).filter((each) => typeof each !== 'string');
    for (const each of conditions) {
      expect(Object.keys(each)).toEqual(['module-sync', 'import', 'require']);
      expect(each['module-sync']).toBe(each.import);
    }
  });

  it('is found by resolvers that do not read "exports"', () => {
    for (const { specifier, esm, commonjs } of entryPoints) {
      const subpath = specifier.slice(manifest.name.length + 1);
      const at = join('packages', folder, subpath);
      const { main, types } = manifestOf(join(at, 'package.json'));
      const expected = commonjs ?? esm;
      expect(join(at, main)).toBe(join('packages', folder, expected));
      expect(join(at, types)).toBe(join('packages', folder, declarationOf(expected)));
      for (const path of [main, types]) expect(existsSync(join(root, at, path))).toBe(true);
      if (subpath !== '') expect(manifest.files).toContain(subpath);
    }
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
    const subpaths = entryPoints.flatMap(({ specifier }) => specifier.split('/')[2] ?? []);
    const omitted = ['!dist/**/*.d.ts.map', '!dist/.tsbuildinfo'];
    expect(manifest.files).toEqual(['dist', ...subpaths, ...papers, ...omitted]);
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

  it('depends on our own packages alone, and on the client as a peer', () => {
    const strangers = Object.keys(manifest.dependencies ?? {}).filter(
      (name) => !name.startsWith('@keyturn/'),
    );
    expect(strangers).toEqual([]);
  });

  it('imports nothing but those, and what belongs to Node', () => {
    const declared = importableBy(folder);
    const ownNames = Object.keys(manifest.imports ?? {});
    const built = builtFiles(folder).filter((path) => /\.c?js$/.test(path));
    const names = built.flatMap((path) =>
      importsOf(textOf(`packages/${folder}/${path}`)).map(({ specifier }) => specifier),
    );
    const strangers = names
      .filter((name) => !name.startsWith('.') && !isBuiltin(name))
      .filter((name) => ![...declared, ...ownNames].includes(packageNameOf(name)));
    expect(built.length).toBeGreaterThan(0);
    expect([...new Set(strangers)]).toEqual([]);
  });

  it('has declarations that name nothing that is not installed with it', () => {
    const { dependencies, peerDependencies } = manifest;
    const declared = [manifest.name, ...Object.keys({ ...dependencies, ...peerDependencies })];
    const starts = entryPoints.flatMap(({ esm, commonjs = esm }) => [esm, commonjs]);
    const strangers = starts
      .flatMap((path) => [...namedInDeclarations(join('packages', folder, declarationOf(path)))])
      .filter((name) => !isBuiltin(name) && !declared.includes(packageNameOf(name)));
    expect([...new Set(strangers)]).toEqual([]);
  });

  it('has no import() that a bundler could misplace', () => {
    const texts = builtFiles(folder)
      .filter((path) => path.endsWith('.js') && !path.includes('/third-party/'))
      .filter((path) => /\bimport\(["'`]/.test(textOf(`packages/${folder}/${path}`)));
    const targets = Object.values(manifest.imports ?? {});
    expect(texts).toEqual(targets.map((target) => target.default));
    // Node never asks for `module`; a bundler does, and finds the same names there.
    for (const { module, default: forNode } of targets) {
      expect(texts).not.toContain(module);
      expect(namesIn(folder, module)).not.toEqual([]);
      expect(namesIn(folder, module)).toEqual(namesIn(folder, forNode));
    }
  });
});

describe('what a program loads that binds a client', () => {
  /** The built files that an import of `path` loads, in Node. */
  function loadedBy(path: string, seen: Set<string> = new Set()): Set<string> {
    if (seen.has(path)) return seen;
    seen.add(path);
    const [, folder = ''] = /^packages\/(\w+)\//.exec(path) ?? [];
    const { imports = {} } = JSON.parse(textOf(`packages/${folder}/package.json`)) as {
      readonly imports?: Readonly<Record<string, { readonly default: string }>>;
    };
    for (const specifier of importedAtStart(textOf(path))) {
      const own = imports[specifier]?.default ?? specifier;
      if (specifier.startsWith('@keyturn/')) loadedBy(builtPathOf(specifier), seen);
      else if (specifier.startsWith('#')) loadedBy(join('packages', folder, own), seen);
      else if (specifier.startsWith('.')) loadedBy(join(path, '..', specifier), seen);
    }
    return seen;
  }

  it('is five files of ours', () => {
    const files = loadedBy(builtPathOf('@keyturn/axios'));
    loadedBy(builtPathOf('@keyturn/core'), files);
    expect([...files].sort()).toEqual([
      'packages/axios/dist/index.js',
      'packages/core/dist/chunks/core.js',
      'packages/core/dist/container/index.js',
      'packages/core/dist/index.js',
      'packages/https/dist/index.js',
    ]);
  });

  it('has the names of /binding in the file of /container, where our adapters look for them', async () => {
    const [container, binding] = await Promise.all(
      ['container', 'binding'].map(
        (name) =>
          import(join(root, builtPathOf(`@keyturn/core/${name}`))) as Promise<
            Record<string, unknown>
          >,
      ),
    );
    for (const [name, value] of Object.entries(binding ?? {}))
      expect(container?.[name], name).toBe(value);
  });

  it.each(packageNames)('takes what belongs to Node without its getters: %s', (folder) => {
    const kept = builtFiles(folder)
      .filter((path) => path.endsWith('.js') && !path.includes('/third-party/'))
      .flatMap((path) => [
        ...textOf(`packages/${folder}/${path}`).matchAll(/import([^;"]*?)from"node:[\w/]+"/g),
      ])
      .map(([, names = '']) => names.replaceAll(/\s|\bas \w+/g, ''));
    for (const names of kept) expect(names).toMatch(/\b(?:request|ClientRequest|Agent)\b/);
  });
});

/** Not what an `import()` loads later. */
const importedAtStart = (code: string): string[] =>
  parseAst(code).body.flatMap((statement) =>
    'source' in statement && statement.source ? [statement.source.value] : [],
  );

/** `packages/core/dist/container/index.js` */
function builtPathOf(specifier: string): string {
  const [, folder = ''] = specifier.split('/');
  const found = entryPointsOf(folder).find((entry) => entry.specifier === specifier);
  return join('packages', folder, found?.esm ?? '');
}

/** Paths in the package of everything that the build has written to `dist`. */
const builtFiles = (folder: string): string[] =>
  readdirSync(join(root, 'packages', folder, 'dist'), { recursive: true })
    .map((path) => `./dist/${String(path).replaceAll(sep, '/')}`)
    .toSorted();

const namesIn = (folder: string, path: string): string[] =>
  [...textOf(`packages/${folder}/${path}`).matchAll(/\bexport\s*\{([^}]*)\}/g)]
    .flatMap(([, list = '']) => list.split(',').map((name) => name.replace(/^.*\bas\b/, '').trim()))
    .toSorted();

const declarationOf = (path: string): string => path.replace(/(c?)js$/, 'd.$1ts');

/** The packages that the declaration at `path` names, and those that it leads to. */
function namedInDeclarations(path: string, seen: Set<string> = new Set()): Set<string> {
  const named = new Set<string>();
  if (seen.has(path)) return named;
  seen.add(path);
  for (const { specifier } of importsOf(textOf(path))) {
    const isOwn = specifier.startsWith('.');
    const others = isOwn
      ? namedInDeclarations(declarationOf(join(path, '..', specifier)), seen)
      : [specifier];
    for (const name of others) named.add(name);
  }
  return named;
}

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
      const entries = entryPointsOf(folder).flatMap(({ esm, commonjs }) => [esm, commonjs ?? []]);
      const files = builtFiles(folder).filter(
        (path) => /\.c?js$/.test(path) && !/^\.\/dist\/(?:chunks|third-party)\//.test(path),
      );
      expect(files).toEqual(entries.flat().toSorted());
    },
  );

  it.each(['binding.ts', 'lifecycle/index.ts'])('%s of core loads no third party', (entry) => {
    expect([...loadedBy(`packages/core/src/${entry}`)]).toEqual([]);
  });

  it('the index of core does load the container, so the test above can tell', () => {
    expect([...loadedBy('packages/core/src/index.ts')]).toContain('inversify');
  });
});

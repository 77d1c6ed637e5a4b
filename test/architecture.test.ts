import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  filesBelow,
  importsOf,
  packageNames,
  packageSources,
  resolveImport,
  textOf,
  withoutComments,
} from './source-files.js';

const groundFloor = ['core/contract', 'core/ground'];
const insideCore = [
  ...groundFloor,
  'core/text',
  'core/lifecycle',
  'core/exec',
  'core/sources',
  'core/trust',
  'core/container',
];
const adapter = ['core/ground', 'https'];

/** Which rooms each room may import from (ARCHITECTURE.md draws them). Its own files need no arrow. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'core/contract': [],
  'core/ground': ['core/contract'],
  'core/text': groundFloor,
  'core/lifecycle': groundFloor,
  'core/exec': [...groundFloor, 'core/text', 'core/lifecycle'],
  'core/sources': [...groundFloor, 'core/lifecycle'],
  'core/trust': [...groundFloor, 'core/lifecycle'],
  'core/container': insideCore,
  'core/index': insideCore,
  https: [
    ...['core/ground', 'https/tunnel', 'https/agent', 'https/client', 'https/http2'],
    'https/web-socket',
  ],
  'https/tunnel': ['core/ground'],
  'https/agent': ['core/ground', 'https/tunnel'],
  'https/client': ['core/ground', 'https/tunnel', 'https/agent'],
  'https/http2': ['core/ground', 'https/tunnel', 'https/agent', 'https/client'],
  'https/web-socket': ['core/ground', 'https/agent', 'https/client'],
  axios: adapter,
  got: adapter,
  undici: ['core/ground', 'undici/dispatcher', 'undici/fetch'],
  'undici/dispatcher': ['core/ground', 'https/tunnel'],
  'undici/fetch': ['core/ground', 'undici/dispatcher'],
  grpc: ['core/ground', 'https/tunnel'],
  kubernetes: [
    ...['core/index', 'core/ground', 'core/text', 'core/lifecycle', 'core/exec'],
    ...['kubernetes/document', 'kubernetes/cluster', 'kubernetes/user'],
  ],
  'kubernetes/document': ['core/ground', 'core/text'],
  'kubernetes/cluster': ['core/index', 'core/ground', 'core/exec', 'kubernetes/document'],
  'kubernetes/user': [
    ...['core/index', 'core/ground', 'core/lifecycle', 'core/exec'],
    'kubernetes/document',
  ],
  'kubernetes/client-node': [
    ...['core/index', 'core/ground', 'https', 'undici', 'kubernetes'],
    ...['kubernetes/document', 'kubernetes/cluster', 'kubernetes/user'],
  ],
  oauth: ['core/index', 'core/ground', 'core/text', 'core/lifecycle'],
  opentelemetry: ['core/index', 'core/exec', 'core/lifecycle'],
  store: ['core/index', 'store/sharing', 'store/file', 'store/redis', 'store/sealed'],
  'store/sharing': ['core/index', 'core/ground', 'core/lifecycle'],
  'store/sealed': ['core/index', 'core/ground'],
  'store/file': ['core/index', 'core/ground', 'core/lifecycle', 'store/sealed'],
  'store/redis': ['core/index', 'core/ground', 'store/sealed'],
  testkit: ['core/index', 'testkit/server', 'testkit/plugin', 'testkit/conformance'],
  'testkit/plugin': ['core/index', 'core/exec'],
  'testkit/server': ['core/index', 'testkit/plugin'],
  'testkit/conformance': ['core/index', 'core/ground', 'testkit', 'testkit/server'],
  'testkit/wrong': ['core/index', 'core/ground', 'testkit', 'testkit/conformance'],
};

/** Third parties, by the package, the room or the one file that may import them. */
const thirdParties: Readonly<Record<string, readonly string[]>> = {
  'core/container': ['inversify', 'reflect-metadata'],
  'core/text': ['js-yaml'],
  'packages/core/src/exec/run-plugin.ts': ['cross-spawn'],
  axios: ['axios'],
  got: ['got'],
  undici: ['undici'],
  grpc: ['@grpc/grpc-js'],
  oauth: ['oauth4webapi'],
  opentelemetry: ['@opentelemetry/api'],
  testkit: ['@peculiar/x509', 'reflect-metadata/lite'],
};

/** Clients that ride on Node's agent leave TLS to https; these have connections of their own, and the testkit is a server. */
const packagesWithTls = ['https', 'undici', 'grpc', 'testkit'];

const entryPoints: Readonly<Record<string, string>> = {
  '@keyturn/core': 'core/index',
  '@keyturn/core/binding': 'core/ground',
  '@keyturn/core/exec': 'core/exec',
  '@keyturn/core/container': 'core/container',
  '@keyturn/core/lifecycle': 'core/lifecycle',
  '@keyturn/core/logging': 'core/ground',
  '@keyturn/core/text': 'core/text',
  '@keyturn/https/tunnel': 'https/tunnel',
};

function roomOf(path: string): string {
  const [, name = '', inside = ''] = /^packages\/([^/]+)\/src\/(.+)$/.exec(path) ?? [];
  if (name === '') return `outside: ${path}`;
  if (name !== 'core') return inside.includes('/') ? `${name}/${inside.split('/')[0]}` : name;
  if (inside === 'contract.ts') return 'core/contract';
  if (inside === 'index.ts') return 'core/index';
  return inside.includes('/') ? `core/${inside.split('/')[0]}` : 'core/ground';
}

const packageOf = (room: string): string => room.split('/')[0] ?? '';

/** Says what is wrong with one import, or undefined. */
function objection(file: string, specifier: string): string | undefined {
  const room = roomOf(file);
  if (/^(?:node:)?(?:tls|https)$/.test(specifier)) {
    return packagesWithTls.includes(packageOf(room)) ? undefined : 'TLS code belongs to https';
  }
  if (specifier.startsWith('node:')) {
    return room === 'core/contract' ? 'the contract depends on nothing' : undefined;
  }
  if (!specifier.startsWith('.') && !specifier.startsWith('@keyturn/')) {
    const allowed = [room, packageOf(room), file].flatMap((each) => thirdParties[each] ?? []);
    return allowed.includes(specifier) ? undefined : `${room} does not use this package`;
  }
  const target = specifier.startsWith('.')
    ? roomOf(resolveImport(file, specifier))
    : (entryPoints[specifier] ?? specifier.slice('@keyturn/'.length));
  if (target === room && room !== 'core/contract') return undefined;
  // An adapter plugs into the container in its module.ts and nowhere else.
  if (target === 'core/container' && basename(file) === 'module.ts') return undefined;
  return arrows[room]?.includes(target) ? undefined : `${room} must not know ${target}`;
}

describe('the import reader', () => {
  it('sees every form of import and skips comments', () => {
    const source = `
      import a, { type B } from 'static';
      import type { C } from 'type';
      import 'bare';
      import * as d from 'namespace';
      export { e } from 're-export';
      export * from 'star';
      export type { F } from 'type-re-export';
      import type from 'default-named-type';
      const g = await import('dynamic');
      type H = import('type-expression').H;
      // import i from 'comment';
      /* import j from 'block'; */ const url = 'https://example.test';
      import {
        k,
      } from "multi-line";
      import{l as m}from"short";export{n as o}from"short-re-export";import*as p from"short-namespace";import"short-bare";`;
    const found = importsOf(source);
    expect(found.map(({ specifier }) => specifier).sort()).toEqual(
      [
        ...['static', 'type', 'bare', 'namespace', 're-export', 'star', 'type-re-export'],
        ...['default-named-type', 'dynamic', 'type-expression', 'multi-line'],
        ...['short', 'short-re-export', 'short-namespace', 'short-bare'],
      ].sort(),
    );
    const erased = found.filter(({ typeOnly }) => typeOnly).map(({ specifier }) => specifier);
    expect(erased.sort()).toEqual(['type', 'type-re-export']);
  });
});

describe('the rooms', () => {
  it('have an arrow for each package', () => {
    const rooms = new Set(packageSources().map(roomOf));
    expect([...rooms].filter((room) => arrows[room] === undefined)).toEqual([]);
    expect(packageSources().length).toBeGreaterThan(packageNames.length);
  });

  it('import downward only', () => {
    const broken = packageSources().flatMap((file) =>
      importsOf(textOf(file)).flatMap(({ specifier }) => {
        const reason = objection(file, specifier);
        return reason === undefined ? [] : [`${file} imports "${specifier}": ${reason}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it.each([
    ['packages/core/src/contract.ts', './errors.js'],
    ['packages/core/src/errors.ts', './lifecycle/manager.js'],
    ['packages/core/src/lifecycle/manager.ts', '../exec/exec-source.js'],
    ['packages/core/src/lifecycle/manager.ts', 'inversify'],
    ['packages/core/src/sources/first-of.ts', '../exec/exec-source.js'],
    ['packages/core/src/exec/exec-source.ts', 'cross-spawn'],
    ['packages/core/src/exec/exec-source.ts', '../sources/first-of.js'],
    ['packages/core/src/container/wiring.ts', '../index.js'],
    ['packages/core/src/container/wiring.ts', '../../../https/src/index.js'],
    ['packages/https/src/client/bind-https.ts', '@keyturn/core/container'],
    ['packages/https/src/client/bind-https.ts', '@keyturn/core'],
    ['packages/https/src/agent/credential-agent.ts', '../client/bind-https.js'],
    ['packages/https/src/module.ts', 'inversify'],
    ['packages/axios/src/bind-axios.ts', '@keyturn/got'],
    ['packages/axios/src/bind-axios.ts', 'node:tls'],
    ['packages/kubernetes/src/load-kubeconfig.ts', '@keyturn/axios'],
    ['packages/kubernetes/src/load-kubeconfig.ts', './client-node/index.js'],
    ['packages/kubernetes/src/load-kubeconfig.ts', '@keyturn/https'],
    ['packages/testkit/src/server/test-api-server.ts', '@keyturn/https'],
    ['packages/core/src/sources/first-of.ts', '@keyturn/store'],
    ['packages/store/src/sharing/shared-load.ts', '../file/file-store.js'],
    ['packages/store/src/redis/redis-store.ts', 'ioredis'],
    ['packages/testkit/src/memory-store.ts', '@keyturn/store'],
  ])('refuse %s importing %s', (file, specifier) => {
    expect(objection(file, specifier)).toBeTypeOf('string');
  });

  it('hold no import cycle', () => {
    const graph = new Map(
      packageSources().map((file) => [
        file,
        importsOf(textOf(file))
          .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
          .map(({ specifier }) => resolveImport(file, specifier)),
      ]),
    );
    expect([...graph.keys()].flatMap((file) => cycleFrom(file, graph, []))).toEqual([]);
  });
});

/** The shortest words for a cycle that comes back to where the trail began. */
function cycleFrom(
  file: string,
  graph: ReadonlyMap<string, readonly string[]>,
  trail: readonly string[],
): string[] {
  if (trail[0] === file) return [[...trail, file].join(' -> ')];
  if (trail.includes(file)) return [];
  return (graph.get(file) ?? []).flatMap((next) => cycleFrom(next, graph, [...trail, file]));
}

describe('third parties', () => {
  const everySource = packageNames.flatMap((name) => filesBelow(`packages/${name}/src`));
  const mentioning = (word: string): string[] =>
    everySource.filter((file) => textOf(file).includes(word));

  it('inversify is mentioned in the container of core and nowhere else', () => {
    const strangers = mentioning('inversify').filter(
      (file) => !file.startsWith('packages/core/src/container/'),
    );
    expect(strangers).toEqual([]);
  });

  it('cross-spawn is mentioned in run-plugin.ts and nowhere else', () => {
    expect(mentioning('cross-spawn')).toEqual(['packages/core/src/exec/run-plugin.ts']);
  });
});

describe('what counts as a refusal', () => {
  const bindingSources = packageSources().filter((file) =>
    /^packages\/(?!core\/|testkit\/)/.test(file),
  );

  const statusIn = (code: string): string[] => withoutComments(code).match(/\b4_?01\b/g) ?? [];

  it('is asked of isRefusedStatus: no binding has a 401 of its own', () => {
    expect(bindingSources.filter((file) => statusIn(textOf(file)).length > 0)).toEqual([]);
  });

  it('is said once for gRPC, which has statuses of its own', () => {
    const compared = bindingSources.filter((file) =>
      /[!=]==? *status\.UNAUTHENTICATED/.test(withoutComments(textOf(file))),
    );
    expect(compared).toEqual(['packages/grpc/src/call-status.ts']);
  });

  it('is seen in every notation, and not in comments', () => {
    expect(statusIn("if (status === 401) // 401\n[401, '401', 4_01]")).toHaveLength(4);
  });
});

describe('what may come from another copy of a package', () => {
  const classTest = /\binstanceof\s+(?:Credential\w*|\w+Agent|SecretHeader|Manager)\b/;

  it('is known by its brand, never by its class', () => {
    const byClass = packageSources().filter((file) =>
      classTest.test(withoutComments(textOf(file))),
    );
    expect(byClass).toEqual([]);
    expect('error instanceof CredentialError').toMatch(classTest);
  });
});

describe('the options of every binding', () => {
  const checks = packageSources()
    .filter((file) => !/^packages\/(?:core|testkit)\//.test(file))
    .flatMap((file) =>
      [...withoutComments(textOf(file)).matchAll(/\bcheckBindOptions\(([^)]*)\)/g)].map(
        (match) => ({
          file,
          code: withoutComments(textOf(file)),
          given: (match[1] ?? '').split(',').map((argument) => argument.trim()),
        }),
      ),
    );

  // The record is exhaustive, so that the compiler points to each binding when BindOptions gets another member.
  it('are taken or refused one by one, in a record beside it', () => {
    expect(checks.length).toBeGreaterThan(8);
    const silent = checks.filter(
      ({ code, given }) => given[2] !== 'optionUse' || !/\bconst optionUse: OptionUse</.test(code),
    );
    expect(silent.map(({ file }) => file)).toEqual([]);
  });
});

describe('files', () => {
  const sources = [
    ...packageSources(),
    ...filesBelow('examples').filter((path) => path.endsWith('.ts')),
    ...filesBelow('test').filter((path) => path.endsWith('.ts')),
  ];

  it('have kebab-case names', () => {
    const odd = sources.filter(
      (path) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|compat|config|d))?\.ts$/.test(basename(path)),
    );
    expect(odd).toEqual([]);
  });

  it('are named after what they hold', () => {
    const vague = /^(utils?|helpers?|types?|impl|common|misc|shared|lib)(\.|$)/;
    expect(sources.filter((path) => path.split('/').some((part) => vague.test(part)))).toEqual([]);
  });

  it('export by name: no default export and no "export *" of values', () => {
    const broken = packageSources().filter((path) =>
      /\bexport\s+(default\b|\*)|\bas\s+default\b/.test(withoutComments(textOf(path))),
    );
    expect(broken).toEqual([]);
  });
});

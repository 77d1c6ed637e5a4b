import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Alias {
  readonly find: RegExp;
  readonly replacement: string;
}

/** Leads the packages' names to their sources. */
export const sourceAliases: Alias[] = [
  {
    find: /^@keyturn\/core\/(exec|container|lifecycle|text)$/,
    replacement: here('./packages/core/src/$1/index.ts'),
  },
  {
    find: /^@keyturn\/core\/(binding|logging)$/,
    replacement: here('./packages/core/src/$1.ts'),
  },
  {
    find: /^@keyturn\/kubernetes\/client-node$/,
    replacement: here('./packages/kubernetes/src/client-node/index.ts'),
  },
  {
    find: /^@keyturn\/https\/tunnel$/,
    replacement: here('./packages/https/src/tunnel/index.ts'),
  },
  { find: /^@keyturn\/([a-z0-9-]+)$/, replacement: here('./packages/$1/src/index.ts') },
];

/** Files that have a script of their own, which the pipeline runs: `npm test` has three minutes. Whoever names them wants them too. */
interface Apart {
  readonly word: string;
  /** Set to `full` by the script. */
  readonly variable?: string;
  readonly files?: readonly string[];
  /** The scripts play these in full, on one Node; on the other Nodes they are played as they are. */
  readonly samples?: readonly string[];
}

const inFolder = (folder: string, ...names: readonly string[]): string[] =>
  names.map((name) => `${folder}/${name}.test.ts`);

const apart: readonly Apart[] = [
  {
    word: 'hostile',
    variable: 'KEYTURN_HOSTILE',
    files: ['test/hostile/pollution.test.ts'],
    samples: inFolder('test/hostile', 'after-close', 'caches', 'polluted-sources', 'snapshots'),
  },
  { word: 'peers', variable: 'KEYTURN_HOSTILE', files: ['test/peers/**'] },
  { word: 'garbage', variable: 'KEYTURN_HOSTILE', samples: ['test/garbage/**'] },
  { word: 'secrets', variable: 'KEYTURN_SECRETS', samples: ['test/secrets/printed.test.ts'] },
  { word: 'kubectl', variable: 'KEYTURN_KUBECTL', files: ['test/kubectl/**'] },
  { word: 'real-plugins', variable: 'KEYTURN_KUBECTL', files: ['test/real-plugins.test.ts'] },
  {
    word: 'rotation',
    variable: 'KEYTURN_LOAD',
    files: [
      ...inFolder('test/rotation', 'authority-rotation', 'left-behind', 'revocation', 'watch'),
      ...inFolder('test/rotation', 'proxied', 'token-rotation', 'wrong-agents'),
      'packages/undici/src/dispatcher/rotation.test.ts',
      'test/example-rotating-certificates.test.ts',
    ],
    samples: ['test/rotation/certificate-rotation.test.ts'],
  },
  { word: 'new-adapter', files: ['test/new-adapter.test.ts'] },
  { word: 'examples', files: ['test/examples.test.ts'] },
];

const isAsked = ({ word, variable }: Apart): boolean =>
  (variable !== undefined && process.env[variable] === 'full') ||
  process.argv.some((argument) => argument.includes(word));

const long = apart
  .filter((each) => !isAsked(each))
  .flatMap(({ files = [], samples = [] }) =>
    process.env['KEYTURN_SAMPLES'] === 'full' ? files : [...files, ...samples],
  );

// `npm test -- exec`: who names what to run wants to read the promises; the whole suite shows files and failures.
const isFiltered = process.argv.slice(2).some((word) => word !== 'run' && !word.startsWith('-'));

export default defineConfig({
  // Tests read the packages' sources, unless TEST_TARGET=dist asks for what would be published.
  resolve: { alias: process.env['TEST_TARGET'] === 'dist' ? [] : sourceAliases },
  test: {
    // One worker keeps its modules between files: importing inversify is 60-110 ms a time.
    isolate: false,
    // By default vitest leaves one core to itself; on two cores that would be half of the machine.
    maxWorkers: '100%',
    restoreMocks: true,
    setupFiles: [here('./test/keep-global-dispatcher.ts')],
    unstubEnvs: true,
    unstubGlobals: true,
    // They find what hangs; a busy machine may be slow.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // For what another process or the network does: half of vitest's second is too short on a busy machine.
    expect: { poll: { timeout: 10_000, interval: 10 } },
    reporters: [isFiltered ? 'verbose' : 'default'],
    include: [
      'packages/*/src/**/*.test.ts',
      'examples/*/src/**/*.test.ts',
      'bench/src/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['test/compat/**', '**/node_modules/**', ...long],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: [
        'packages/*/src/**/index.ts',
        'packages/*/src/**/*.test.ts',
        'packages/core/src/contract.ts',
      ],
      thresholds: { lines: 90, branches: 85 },
      reporter: ['text-summary', 'json-summary'],
    },
  },
});

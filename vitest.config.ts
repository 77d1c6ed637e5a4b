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
  { find: /^@keyturn\/([a-z0-9-]+)$/, replacement: here('./packages/$1/src/index.ts') },
];

/** What takes minutes has a script of its own, which the pipeline runs; whoever names it wants it too. */
const isAsked = (word: string, variable: string): boolean =>
  process.env[variable] === 'full' || process.argv.some((argument) => argument.includes(word));

const long = [
  ...(isAsked('hostile', 'KEYTURN_HOSTILE') ? [] : ['test/hostile/pollution.test.ts']),
  ...(isAsked('peers', 'KEYTURN_HOSTILE') ? [] : ['test/peers/**']),
  ...(isAsked('kubectl', 'KEYTURN_KUBECTL') || isAsked('real-plugins', 'KEYTURN_KUBECTL')
    ? []
    : ['test/kubectl/**', 'test/real-plugins.test.ts']),
  ...(isAsked('rotation', 'KEYTURN_LOAD')
    ? []
    : [
        ...[
          ...['authority-rotation', 'left-behind', 'revocation', 'token-rotation', 'watch'],
          'wrong-agents',
        ].map((name) => `test/rotation/${name}.test.ts`),
        'packages/undici/src/dispatcher/rotation.test.ts',
        'test/example-rotating-certificates.test.ts',
      ]),
];

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

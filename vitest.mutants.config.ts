import { defineConfig } from 'vitest/config';
import { keptWorkers } from './tools/mutants/kept-worker.js';
import base, { sourceAliases } from './vitest.config.js';

const name = process.env['KEYTURN_MUTANTS'] ?? '*';

/** Tests of promises that span packages, and are the very tests of one. */
const further: Readonly<Record<string, readonly string[]>> = {
  kubernetes: ['test/kubeconfig/**/*.test.ts'],
};

/** The tests of one package, which are to notice every mutant of it. */
export default defineConfig({
  resolve: { alias: sourceAliases },
  plugins: [keptWorkers],
  test: {
    ...base.test,
    reporters: ['default'],
    include: [`packages/${name}/src/**/*.test.ts`, ...(further[name] ?? [])],
    // A mutant that hangs is to fail soon; no test of a package takes a tenth of this by itself.
    testTimeout: 8_000,
    hookTimeout: 8_000,
    expect: { poll: { timeout: 3_000, interval: 10 } },
  },
});

// The options of one run of StrykerJS: the mutants of some files of a package, against the tests of that package.
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const tools = resolve(root, 'tools/mutants');

/** @param files those to mutate, from the root */
export function strykerOptions(name, files) {
  return {
    plugins: [
      resolve(tools, 'node_modules/@stryker-mutator/vitest-runner/dist/src/index.js'),
      resolve(tools, 'error-sentences.js'),
    ],
    ignorers: ['error-sentences'],
    testRunner: 'vitest',
    vitest: { configFile: 'vitest.mutants.config.ts', related: false },
    coverageAnalysis: 'perTest',
    // Servers, plugins and their clients already keep two cores busy.
    concurrency: 1,
    mutate: files,
    incremental: true,
    incrementalFile: resultFile(name),
    tempDirName: `.build/mutants/sandbox-${name}`,
    ignorePatterns: ['cases', '.nodes', '.build', 'coverage', '**/tools/*/node_modules'],
    reporters: ['progress-append-only'],
    // Beyond half as long again as its tests take; a mutant may hang.
    timeoutMS: 10_000,
    // No checker: the compiler of today has no interface for one. What would not compile is tested like the rest.
    checkers: [],
    // It reads this one with an interface that the compiler has no more.
    tsconfigFile: 'none.json',
    allowConsoleColors: false,
  };
}

/** Where the results of a package are kept between runs: a report in the format of mutation-testing-elements. */
export function resultFile(name) {
  return `.build/mutants/${name}.json`;
}

// node scripts/test-nodes.mjs 24 26 [-- vitest arguments]: the suite under other Node versions, but for what is about this
// repository and says the same on each of them.
import { nodeBinary } from './node-binary.mjs';
import { runVitest } from './run-vitest.mjs';

const split = process.argv.indexOf('--');
const majors = process.argv.slice(2, split === -1 ? undefined : split);
const rest = split === -1 ? [] : process.argv.slice(split + 1);

const ofTheRepository = [
  ...['test/advisories.test.ts', 'test/third-parties.test.ts'],
  ...['test/pages/**', 'test/readme.test.ts', 'test/packaging.test.ts', 'examples/demo/**'],
  'packages/testkit/src/wrong/wrong-bindings.test.ts',
];
const without = ofTheRepository.flatMap((path) => ['--exclude', path]);

let passed = true;
for (const major of majors) {
  passed = runVitest(nodeBinary(major), `suite-node-${major}`, [...without, ...rest]) && passed;
}
process.exit(passed ? 0 : 1);

// node scripts/test-nodes.mjs 24 26 [-- vitest arguments]: the whole suite under other Node versions.
import { nodeBinary } from './node-binary.mjs';
import { runVitest } from './run-vitest.mjs';

const split = process.argv.indexOf('--');
const majors = process.argv.slice(2, split === -1 ? undefined : split);
const rest = split === -1 ? [] : process.argv.slice(split + 1);

let passed = true;
for (const major of majors) {
  passed = runVitest(nodeBinary(major), `suite-node-${major}`, rest) && passed;
}
process.exit(passed ? 0 : 1);

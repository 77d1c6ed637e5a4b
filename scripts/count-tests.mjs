// node scripts/count-tests.mjs STATUS REPORT ...: prints `PASSED FAILED` over vitest's JSON reports of a run
// that ended with exit code STATUS. What cannot be read, or failed outside a test, counts as a failure.
import { readFileSync } from 'node:fs';

/** A file that fails to load fails no test of its own, so it is counted as one. */
function countOf(report) {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const { numPassedTests, numFailedTests } = report;
  const nothingRan = numPassedTests + numFailedTests === 0 ? 1 : 0;
  return { passed: numPassedTests, failed: numFailedTests + broken.length + nothingRan };
}

const [status, ...files] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const file of files) {
  try {
    const count = countOf(JSON.parse(readFileSync(file, 'utf8')));
    passed += count.passed;
    failed += count.failed;
  } catch (error) {
    console.error(`${file}: ${error.message}`);
    failed += 1;
  }
}
if (status !== '0' && failed === 0) failed = 1;
console.log(`${passed} ${failed}`);

// node test/runtimes/index.mjs [bun] [deno]: core, exec, https, axios and got on other runtimes than Node. A client of a server on
// Node, and the conformance suites with a server of the runtime. Prints a table and what does not hold; 1 where that is not known.
import { readArguments } from '../../scripts/read-arguments.mjs';
import { knownDifferences } from './known-differences.mjs';
import { playOn } from './play-on.mjs';

const { positionals } = readArguments(import.meta.url, { allowPositionals: true });
const runtimes = positionals.length > 0 ? positionals : ['bun', 'deno'];
for (const runtime of runtimes) {
  if (!['bun', 'deno'].includes(runtime)) throw new Error(`There is no runtime "${runtime}".`);
}
const startedAt = Date.now();
// Each takes one processor, and waits for much.
const results = await Promise.all(runtimes.map((runtime) => playOn(runtime)));
for (const [index, { held, known, wrong }] of results.entries()) {
  const runtime = runtimes[index];
  console.log(
    `${runtime}: ${held} hold, ${known.length} differ as is known, ${wrong.length} wrong`,
  );
  for (const { scenes, why } of knownDifferences[runtime]) {
    console.log(`  ${known.filter((name) => scenes.test(name)).length} differ: ${why}`);
  }
  for (const line of wrong) console.log(`FAILED ${line}`);
  if (wrong.length > 0) process.exitCode = 1;
}
console.log(`${Math.round((Date.now() - startedAt) / 1_000)} s`);

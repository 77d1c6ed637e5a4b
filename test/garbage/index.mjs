// node test/garbage/index.mjs [--count 5000] [--seed N]: garbage through all readers. Prints what it took; 1 when a piece ended a
// process, took too long, or was refused in a way that helps nobody.

import { readArguments } from '../../scripts/read-arguments.mjs';
import { feedAll, limitMs } from './feed-all.mjs';

const { values } = readArguments(import.meta.url, {
  options: { count: { type: 'string', default: '5000' }, seed: { type: 'string', default: '20' } },
});
const seed = Number(values.seed);
const { pieces, times, codes, objections, crashes, longest } = await feedAll({
  seed,
  count: Number(values.count),
});
const at = (share) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
console.log(
  `Node ${process.version}, seed ${seed}: ${pieces} pieces of garbage, each read at least twice`,
);
console.log(
  `CPU for one: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${longest.ms.toFixed(1)} ms, which is ${Math.round(longest.ratio * 100)} % of what is allowed (${limitMs} ms on an idle machine)`,
);
console.log(`longest: ${longest.name}`);
console.log(`crashes: ${crashes.length}`);
for (const [code, number] of Object.entries(codes).sort(([, one], [, other]) => other - one))
  console.log(`${String(number).padStart(6)} ${code}`);
for (const line of [...crashes, ...objections.slice(0, 20)]) console.log(`FAILED ${line}`);
process.exitCode = crashes.length + objections.length > 0 || longest.ratio > 1 ? 1 : 0;

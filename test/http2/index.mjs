// node test/http2/index.mjs [--count 10000] [--seed N] [--only bindHttp2] [--manner 'all of it'] [--server NODE]: requests by the
// ten thousand through each client that speaks HTTP/2, against a server with the manners of kube-apiserver, under another Node where
// NODE is given. Prints a table; 1 when a request failed that Go's client would have had an answer to, or has never settled.

import { readArguments } from '../../scripts/read-arguments.mjs';
import { clients } from './clients.mjs';
import { manners, runLoad } from './run-load.mjs';

const { values } = readArguments(import.meta.url, {
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    only: { type: 'string' },
    manner: { type: 'string' },
    server: { type: 'string' },
  },
});
// A connection that is dead is found sooner than by default, so that the table is there in a minute.
process.env.HTTP2_READ_IDLE_TIMEOUT_SECONDS ??= '1';
process.env.HTTP2_PING_TIMEOUT_SECONDS ??= '2';
const seed = Number(values.seed);
const names = Object.keys(clients).filter((name) => (values.only ?? name) === name);
const chosen = Object.keys(manners).filter((manner) => (values.manner ?? manner) === manner);
const count = Math.ceil(Number(values.count) / chosen.length);
console.log(`Node ${process.version}, seed ${seed}: ${count} requests each, 64 at a time`);
const row = (...cells) =>
  console.log(
    cells
      .map((cell, index) => String(cell)[index < 2 ? 'padEnd' : 'padStart'](index < 2 ? 18 : 10))
      .join(''),
  );
row(
  'client',
  'server',
  'answered',
  'aborted',
  'lost',
  'failed',
  'pending',
  'sessions',
  'GOAWAY',
  'refused',
  'cut',
);
let failed = 0;
for (const name of names) {
  for (const manner of chosen) {
    const { answered, aborted, lost, failures, pending, report } = await runLoad({
      name,
      manner,
      count,
      seed,
      execPath: values.server,
    });
    row(
      name,
      manner,
      answered,
      aborted,
      lost,
      failures.length,
      pending,
      report.sessions,
      report.goaways,
      report.refusedStreams,
      report.cuts,
    );
    failed += failures.length + pending;
    const kinds = new Map();
    for (const { what } of failures) kinds.set(what, (kinds.get(what) ?? 0) + 1);
    for (const [what, times] of [...kinds].slice(0, 8)) console.log(`  FAILED ${times} × ${what}`);
  }
}
console.log(`${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

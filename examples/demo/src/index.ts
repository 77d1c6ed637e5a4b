import { runDemo } from './demo.js';
import { liveTable } from './live-table.js';
import { type DemoOptions, parseOptions } from './options.js';
import { makePaint } from './paint.js';
import { plainLines } from './plain-lines.js';
import { complaints } from './report.js';
import { renderSummary } from './summary.js';

const { stdout, stderr } = process;
const parsed = parseOptions(process.argv.slice(2), {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
});
process.exitCode = 'exitCode' in parsed ? parsed.exitCode : await main(parsed.options);

async function main(options: DemoOptions): Promise<number> {
  // hasColors knows NO_COLOR, and a terminal that cannot move its cursor gets plain lines.
  const paint = makePaint(stdout.isTTY && stdout.hasColors());
  const live = stdout.isTTY && process.env['TERM'] !== 'dumb';
  const view = live ? liveTable(stdout, paint) : plainLines((text) => stdout.write(text));
  const report = await runDemo(options, view, stopSignal());
  stdout.write(`\n${renderSummary(report, paint)}\n`);
  return complaints(report).length === 0 ? 0 : 1;
}

/** Comes with the first Ctrl-C, and when nobody reads the output any more. The second Ctrl-C ends at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  };
  // Not `once`: log-update restores the cursor on these signals, and then ends a program that listens no more.
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  stdout.on('error', () => stop.abort());
  return stop.signal;
}

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BenchOptions, parseOptions } from './options.js';
import { drawPlots } from './record/draw-plots.js';
import { writePerformancePage } from './record/performance-page.js';
import { describeResults } from './record/print.js';
import {
  headOfThisRun,
  majorOf,
  mergeRun,
  type Results,
  type RunRecord,
  readResults,
  type StoredSection,
  today,
  writeResults,
} from './record/results.js';
import type { Section } from './section.js';
import { sections } from './sections.js';

/** What has come of a run so far. */
interface Outcome {
  readonly measured: Record<string, StoredSection>;
  /** Names of sections. */
  readonly failed: string[];
  /** Whether results.json and the page have been brought up to date, and only plots are left to draw. */
  isWritten: boolean;
}

/** As a shell counts them: 128 and the number of the signal. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
const signals = Object.keys(exitCodes) as (keyof typeof exitCodes)[];

const resultsFile = fileURLToPath(new URL('../results.json', import.meta.url));
const nodeBinaryScript = new URL('../../scripts/node-binary.mjs', import.meta.url);

const { stdout, stderr } = process;
const parsed = parseOptions(process.argv.slice(2), sections, {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
});
process.exitCode = 'exitCode' in parsed ? parsed.exitCode : await main(parsed.options);

/** Tells what is going on, and since when. */
function say(text: string): void {
  const seconds = Math.round(performance.now() / 1_000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  stderr.write(`${time}  ${text}\n`);
}

async function main(options: BenchOptions): Promise<number> {
  if (options.node !== undefined) return measureOn(options.node);
  // What is wrong with the file is said now, not after ten minutes of measuring.
  const known = options.write ? knownResults() : {};
  if (known === undefined) return 1;
  keepTemporaryFilesApart();
  const outcome: Outcome = { measured: {}, failed: [], isWritten: false };
  endOnSignal(() => tellOfInterruption(outcome, options));
  for (const section of sections.filter(({ name }) => options.only.includes(name))) {
    await measure(section, options, outcome);
  }
  const isRecorded = await record(known, outcome, options);
  return isRecorded && outcome.failed.length === 0 ? 0 : 1;
}

function knownResults(): Results | undefined {
  try {
    return readResults(resultsFile);
  } catch (error) {
    stderr.write(`${messageOf(error)}\n`);
    return undefined;
  }
}

/** The plugins that are measured hold a private key: what this run leaves behind, interrupted or not, goes when it ends. */
function keepTemporaryFilesApart(): void {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-run-'));
  // Windows looks at the other two. Programs that are started inherit them.
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  process.on('exit', () => {
    // A plugin that is still running writes a last file.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
}

async function measure(
  { name, run }: Section,
  { quick }: BenchOptions,
  { measured, failed }: Outcome,
): Promise<void> {
  const startedAt = performance.now();
  try {
    const result = await run({ quick, say });
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    measured[name] = { seconds, date: today(), ...result };
  } catch (error) {
    failed.push(name);
    say(`${name} could not be measured:`);
    stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  }
}

/** Prints and, if asked to, writes what has been measured. Resolves with false when something of it could not be drawn. */
async function record(
  known: Results,
  outcome: Outcome,
  { quick, write }: BenchOptions,
): Promise<boolean> {
  // With nothing new, there is nothing that the date of today would be true of.
  if (Object.keys(outcome.measured).length === 0) return true;
  const run = runOf(outcome, quick);
  const results = write ? mergeRun(known, run, outcome.failed) : { [majorOf(run)]: run };
  // Before all that can fail: figures that have been seen are not lost.
  stdout.write(describeResults(run, results));
  if (!write) return true;
  writeResults(resultsFile, results);
  writePerformancePage(results);
  outcome.isWritten = true;
  return draw();
}

async function draw(): Promise<boolean> {
  try {
    await drawPlots(resultsFile, say);
    return true;
  } catch (error) {
    stderr.write(`The plots could not be drawn, all else is written: ${messageOf(error)}\n`);
    return false;
  }
}

function runOf({ measured }: Outcome, quick: boolean): RunRecord {
  return { ...headOfThisRun(quick), sections: measured };
}

function tellOfInterruption(outcome: Outcome, { quick }: BenchOptions): void {
  if (outcome.isWritten) {
    stderr.write('What was measured is written; some plots may still be the old ones.\n');
    return;
  }
  const run = runOf(outcome, quick);
  if (Object.keys(run.sections).length > 0)
    stdout.write(describeResults(run, { [majorOf(run)]: run }));
  stderr.write('The run was interrupted: nothing was written.\n');
}

/** Ends this process when it is told to. Its programs follow by themselves when their channel closes. */
function endOnSignal(tell: () => void): void {
  let isEnding = false;
  const end = (signal: (typeof signals)[number]): void => {
    // npm passes on what the terminal has sent already.
    if (isEnding) return;
    isEnding = true;
    tell();
    // A pipe takes what is printed in its own time.
    stdout.write('', () => process.exit(exitCodes[signal]));
  };
  for (const signal of signals) process.on(signal, end);
}

/** Runs the same command on another Node. */
async function measureOn(major: string): Promise<number> {
  const words = process.argv.slice(2);
  const at = words.findIndex((word) => word.startsWith('--node'));
  words.splice(at, words[at] === '--node' ? 2 : 1);
  try {
    return await runToItsEnd(await nodeBinary(major), [fileURLToPath(import.meta.url), ...words]);
  } catch (error) {
    stderr.write(
      `Node ${major} could not be started; it has to be fetched once from the npm registry: ${complaintOf(error)}\n`,
    );
    return 1;
  }
}

/** The path of a Node of that major, which is fetched where it is missing. */
async function nodeBinary(major: string): Promise<string> {
  const source = `import { nodeBinary } from '${nodeBinaryScript}'; process.stdout.write(nodeBinary('${major}'));`;
  // In a process of its own, because npm complains to the stderr of whoever starts it, at length.
  const words = ['--input-type=module', '--eval', source];
  return (await promisify(execFile)(process.execPath, words)).stdout;
}

/** Resolves with the exit code. Signals are for the program to answer, which has something to tell. */
async function runToItsEnd(command: string, args: readonly string[]): Promise<number> {
  const program = spawn(command, [...args], { stdio: 'inherit' });
  for (const signal of signals) process.on(signal, () => program.kill(signal));
  const [code, signal] = await once(program, 'exit');
  return code ?? exitCodes[signal as keyof typeof exitCodes] ?? 1;
}

/** The first thing that npm said, or else what else went wrong. */
function complaintOf(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const line = said.split('\n').find((each) => /^npm (?:error|ERR!)|^\w*Error\b/.test(each));
  return line === undefined ? messageOf(error) : `"${line.trim()}".`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

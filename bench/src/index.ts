import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type BenchOptions, parseOptions } from './options.js';
import { Progress } from './progress.js';
import { drawPlots } from './record/draw-plots.js';
import { writePerformancePage } from './record/performance-page.js';
import { printResults } from './record/print.js';
import {
  headOfThisRun,
  majorOf,
  mergeRun,
  type RunRecord,
  readResults,
  writeResults,
} from './record/results.js';
import type { SectionResult } from './section.js';
import { sections } from './sections.js';

const resultsFile = fileURLToPath(new URL('../results.json', import.meta.url));
const nodeBinaryScript = new URL('../../scripts/node-binary.mjs', import.meta.url);

const { stdout, stderr } = process;
const parsed = parseOptions(process.argv.slice(2), sections, {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
});
process.exitCode = 'exitCode' in parsed ? parsed.exitCode : await main(parsed.options);

async function main(options: BenchOptions): Promise<number> {
  if (options.node !== undefined) return measureOn(options.node);
  const progress = new Progress(stderr);
  const measured: Record<string, SectionResult> = {};
  let exitCode = 0;
  for (const { name, run } of sections.filter(({ name }) => options.only.includes(name))) {
    try {
      measured[name] = await run({ quick: options.quick, say: progress.say });
    } catch (error) {
      exitCode = 1;
      progress.end(
        `${name} could not be measured: ${error instanceof Error ? error.stack : error}`,
      );
    }
  }
  progress.end('measured');
  record({ ...headOfThisRun(options.quick), sections: measured }, options.write);
  return exitCode;
}

function record(run: RunRecord, isKept: boolean): void {
  if (!isKept) {
    printResults(run, { [majorOf(run)]: run });
    return;
  }
  const results = mergeRun(readResults(resultsFile), run);
  writeResults(resultsFile, results);
  drawPlots(resultsFile);
  writePerformancePage(results);
  printResults(run, results);
}

/** Runs the same command on another Node. */
async function measureOn(major: string): Promise<number> {
  const { nodeBinary } = (await import(nodeBinaryScript.href)) as NodeBinaries;
  const words = process.argv.slice(2);
  const at = words.findIndex((word) => word.startsWith('--node'));
  words.splice(at, words[at] === '--node' ? 2 : 1);
  const program = [fileURLToPath(import.meta.url), ...words];
  const { status } = spawnSync(nodeBinary(major), program, { stdio: 'inherit' });
  return status ?? 1;
}

interface NodeBinaries {
  nodeBinary(major: string): string;
}

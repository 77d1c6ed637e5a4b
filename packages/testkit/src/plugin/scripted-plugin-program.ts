#!/usr/bin/env node
/**
 * The program behind `scriptedPlugin()`: notes that it ran, then does what its script says.
 * It runs for every load, so it imports node's own modules only.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { PluginScript, PluginStep } from './scripted-plugin.js';

const directory = process.argv[2] ?? '.';
const run = claimRun(directory);
const { steps, runsBefore } = JSON.parse(
  readFileSync(join(directory, 'script.json'), 'utf8'),
) as PluginScript;
const step = steps[Math.min(run - runsBefore, steps.length) - 1];
if (step !== undefined) await perform(step);

/** Takes the next free number. Two runs at the same moment get two numbers: creating the file is exclusive. */
function claimRun(place: string): number {
  const info = process.env['KUBERNETES_EXEC_INFO'] ?? '';
  for (let number = 1; ; number += 1) {
    try {
      writeFileSync(join(place, `run-${number}`), info, { flag: 'wx', mode: 0o600 });
      return number;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function perform({ delayMs, stderr, stdout, exitCode, signal }: PluginStep): Promise<void> {
  if (delayMs !== undefined) await wait(delayMs);
  await write(process.stderr, stderr);
  await write(process.stdout, stdout);
  process.exitCode = exitCode ?? 0;
  if (signal !== undefined) {
    process.kill(process.pid, signal);
    // The signal arrives a moment later; ending before that would turn it into an exit code.
    await wait(60_000);
  }
}

function write(stream: NodeJS.WriteStream, text: string | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (text === undefined || text === '') return resolve();
    stream.on('error', () => resolve());
    stream.write(text, () => resolve());
  });
}

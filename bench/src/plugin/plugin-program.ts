/**
 * Runs a plugin both ways, in a process that does nothing else: starting a program takes longer the more memory the
 * one that starts it has.
 */
import { spawn } from 'node:child_process';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { answerQuestions } from '../child.js';

export type Side = 'ours' | 'theirs';

/** What one run took. */
export interface PluginCost {
  readonly elapsedMs: number;
  /** User and system time of the process that runs the plugin, not of the plugin. */
  readonly cpuMs: number;
}

export interface PluginRuns {
  readonly side: Side;
  readonly config: ExecConfig;
  readonly count: number;
}

answerQuestions({ run: measureRuns });

/** Resolves with the mean of some runs in a row. */
async function measureRuns({ side, config, count }: PluginRuns): Promise<PluginCost> {
  const run = side === 'ours' ? ours(config) : () => bareSpawn(config);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let done = 0; done < count; done += 1) await run();
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { elapsedMs: elapsedMs / count, cpuMs: (user + system) / 1_000 / count };
}

function ours(config: ExecConfig): () => Promise<unknown> {
  const source = execSource(config);
  const { signal } = new AbortController();
  return () => source.load({ reason: 'requested', signal });
}

/** What anyone would write: the same stdio, the output collected, the end waited for. */
function bareSpawn({ command, args = [] }: ExecConfig): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export interface NodeRun {
  readonly args: readonly string[];
  /** On top of our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What one whole process took. Milliseconds. */
export interface ProcessCost {
  /** User and system time of the process, not of those that it starts. */
  readonly cpuMs: number;
  /** From the start of the process to its end. */
  readonly wallMs: number;
}

export interface NodeOutcome extends ProcessCost {
  readonly stdout: string;
}

// With a cache of compiled code the second side of a pair would run what the first has compiled.
const { NODE_COMPILE_CACHE: _cache, NODE_OPTIONS: _options, ...ownEnv } = process.env;

const reporter = fileURLToPath(new URL('./report-cpu.cjs', import.meta.url));

/** Runs Node once, in a fresh process, and rejects unless it ends well. */
export async function runNode({ args, env }: NodeRun): Promise<NodeOutcome> {
  const startedAt = performance.now();
  const program = spawn(process.execPath, ['--no-warnings', '--require', reporter, ...args], {
    env: { ...ownEnv, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const ended = once(program, 'exit').then(([code]) => [code, performance.now()]);
  const [stdout, cpu, [code, endedAt]] = await Promise.all([
    text(program.stdout as Readable),
    text(program.stdio[3] as Readable),
    ended,
  ]);
  if (code !== 0) throw new Error(`"${args.join(' ')}" ended with code ${code}.`);
  return { stdout, cpuMs: Number(cpu), wallMs: endedAt - startedAt };
}

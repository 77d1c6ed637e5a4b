import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface NodeRun {
  readonly args: readonly string[];
  /** Working directory. */
  readonly folder?: URL;
  /** On top of our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface NodeOutcome {
  readonly stdout: string;
  /** From the start of the process to its end. */
  readonly elapsedMs: number;
}

// With a cache of compiled code the second side of a pair would run what the first has compiled.
const { NODE_COMPILE_CACHE: _cache, NODE_OPTIONS: _options, ...ownEnv } = process.env;

/** Runs Node once, in a fresh process, and rejects unless it ends well. */
export async function runNode({ args, folder, env }: NodeRun): Promise<NodeOutcome> {
  const startedAt = performance.now();
  const { stdout } = await execute(process.execPath, [...args], {
    ...(folder === undefined ? {} : { cwd: fileURLToPath(folder) }),
    env: { ...ownEnv, ...env },
  });
  return { stdout, elapsedMs: performance.now() - startedAt };
}

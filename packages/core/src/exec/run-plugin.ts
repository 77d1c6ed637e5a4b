import type { ChildProcess } from 'node:child_process';
import { CredentialError } from '../errors.js';
import { type PluginOutput, PluginProcess, type PluginRun } from './plugin-process.js';
import { endProcess, endWithThisProcess } from './process-group.js';
import { describeMissing, describeSpawnFailure } from './spawn-failure.js';

export type PluginRunner = (run: PluginRun) => Promise<PluginOutput>;

/**
 * Runs a plugin to its end and returns what it printed.
 *
 * The run is over when the plugin exits, not when the last process that inherited its output does. What it writes to
 * stderr goes on to our stderr as it comes.
 * @throws {CredentialError} ERR_EXEC_NOT_FOUND, _NOT_EXECUTABLE, _SPAWN, _ENVIRONMENT, _EXIT, _SIGNAL, _TIMEOUT,
 * _ABORTED or _OUTPUT_LIMIT. Nothing that execa throws leaves this file: its errors hold the plugin's stdout.
 */
export async function runPlugin(run: PluginRun): Promise<PluginOutput> {
  const { subprocess } = await start(run);
  const plugin = new PluginProcess(subprocess, run, ownsGroup(run));
  const release = endWithThisProcess(plugin);
  try {
    const ending = await plugin.firstEnding();
    if (ending !== 'exit') await endProcess(plugin);
    return plugin.judge(ending);
  } finally {
    release();
    plugin.letGo();
  }
}

// In an object of its own, because execa's subprocess is also a promise and would be waited for.
async function start(run: PluginRun): Promise<{ readonly subprocess: ChildProcess }> {
  // Loaded with the first run: it costs as much as Node takes to start.
  const { execa } = await import('execa');
  if (run.signal.aborted) {
    throw new CredentialError('ERR_EXEC_ABORTED', 'The plugin was not run: the manager closed.');
  }
  const { file } = run;
  if (file === undefined) throw describeMissing(run.command);
  let systemCode: string | undefined;
  try {
    const subprocess = execa(file, run.args, {
      argv0: run.command,
      env: run.env,
      extendEnv: false,
      ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
      stdin: run.interactive ? 'inherit' : 'ignore',
      stdout: 'pipe',
      // A person at a terminal gets the plugin's own prompts, with the terminal behind them.
      stderr: run.interactive && process.stderr.isTTY ? 'inherit' : 'pipe',
      buffer: false,
      reject: false,
      cleanup: false,
      detached: ownsGroup(run),
      windowsHide: true,
      // NODE_DEBUG=execa would print the arguments.
      verbose: 'none',
    });
    if (subprocess.pid !== undefined) return { subprocess: subprocess as unknown as ChildProcess };
    systemCode = (await subprocess).code;
  } catch (error) {
    // What execa itself throws has no code; it refuses arguments that Node would refuse.
    systemCode = (error as NodeJS.ErrnoException).code ?? 'ERR_INVALID_ARG_VALUE';
  }
  throw describeSpawnFailure({ ...run, file }, systemCode);
}

// On Windows a process of its own group opens a console window.
function ownsGroup(run: PluginRun): boolean {
  return !run.interactive && process.platform !== 'win32';
}

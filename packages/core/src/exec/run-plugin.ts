import type { ChildProcess, SpawnOptionsWithStdioTuple } from 'node:child_process';
import { CredentialError } from '../errors.js';
import { pluginGuard, type Reach } from './plugin-guard.js';
import { type PluginOutput, PluginProcess, type PluginRun } from './plugin-process.js';
import { describeMissing, describeSpawnFailure } from './spawn-failure.js';

export type PluginRunner = (run: PluginRun) => Promise<PluginOutput>;

/**
 * Runs a plugin to its end and returns what it printed.
 *
 * The run is over when the plugin exits, not when the last process that inherited its output does. What it writes to
 * stderr goes on to our stderr as it comes.
 * @throws {CredentialError} ERR_EXEC_NOT_FOUND, _NOT_EXECUTABLE, _SPAWN, _ENVIRONMENT, _EXIT, _SIGNAL, _TIMEOUT,
 * _ABORTED or _OUTPUT_LIMIT. No error of the system leaves this file: it quotes arguments and environment.
 */
export async function runPlugin(run: PluginRun): Promise<PluginOutput> {
  const { plugin } = await start(run);
  try {
    const ending = await plugin.firstEnding();
    if (ending !== 'exit') await pluginGuard.end(plugin);
    else if (plugin.mayHaveSharedSignal()) await nextSignal();
    return plugin.judge(ending);
  } finally {
    plugin.letGo();
  }
}

// Far longer than a signal takes to arrive at a busy machine, and too short for a person to notice.
const signalMs = 250;

/**
 * Ctrl-C reaches the plugin and us in no order, and Node takes a moment to end by it: whoever was told of the plugin's end
 * in between would begin anew.
 */
function nextSignal(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, signalMs));
}

async function start(run: PluginRun): Promise<{ readonly plugin: PluginProcess }> {
  const launch = await findLauncher();
  if (run.signal.aborted) {
    throw new CredentialError('ERR_EXEC_ABORTED', 'The plugin was not run: the manager closed.');
  }
  const { file } = run;
  if (file === undefined) throw describeMissing(run.command);
  pluginGuard.prepare();
  const reach = reachOf(run);
  let systemCode: string | undefined;
  try {
    const subprocess = launch(file, run.args, {
      argv0: run.command,
      env: run.env,
      ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
      stdio: [whereStdinComesFrom(run), 'pipe', whereStderrGoes(run)],
      // Which is a session, and has no terminal.
      detached: reach !== 'terminal',
      windowsHide: true,
    });
    if (subprocess.pid !== undefined) return { plugin: watched(subprocess, run, reach) };
    systemCode = await failureOf(subprocess);
  } catch (error) {
    systemCode = (error as NodeJS.ErrnoException).code ?? 'ERR_INVALID_ARG_VALUE';
  }
  throw describeSpawnFailure({ ...run, file }, systemCode);
}

/** Nothing may come between the start of a plugin and this: until then nobody would end it. */
function watched(subprocess: ChildProcess, run: PluginRun, reach: Reach): PluginProcess {
  const plugin = new PluginProcess(subprocess, run, reach);
  pluginGuard.watch(plugin);
  return plugin;
}

type Launcher = (
  file: string,
  args: readonly string[],
  options: SpawnOptionsWithStdioTuple<StdioOption, 'pipe', StdioOption>,
) => ChildProcess;
type StdioOption = 'inherit' | 'ignore' | 'pipe';

/**
 * Node's own spawn, but on Windows, where a plugin may be a script for cmd.exe or name its interpreter in its first line:
 * cross-spawn knows how to start those.
 */
async function findLauncher(): Promise<Launcher> {
  if (process.platform !== 'win32') return process.getBuiltinModule('node:child_process').spawn;
  const { default: crossSpawn } = await import('cross-spawn');
  return (file, args, options) => crossSpawn(file, [...args], options);
}

/** Resolves with the system's word for why there is no process. */
function failureOf(subprocess: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    subprocess.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

function whereStdinComesFrom({ interactive, input }: PluginRun): StdioOption {
  if (input !== undefined) return 'pipe';
  return interactive ? 'inherit' : 'ignore';
}

/** A person at a terminal gets the plugin's own prompts, with the terminal behind them. */
function whereStderrGoes({ interactive, onStderr }: PluginRun): 'inherit' | 'pipe' {
  return interactive && onStderr === undefined && process.stderr.isTTY ? 'inherit' : 'pipe';
}

function reachOf({ interactive, mayAsk = interactive, terminal }: PluginRun): Reach {
  // On Windows a process of its own group opens a console window.
  if (interactive || terminal === 'shared' || process.platform === 'win32') return 'terminal';
  return mayAsk ? 'answer' : 'group';
}

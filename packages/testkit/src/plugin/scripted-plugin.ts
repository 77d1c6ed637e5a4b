import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledProgram } from './compiled-program.js';
import type { PluginConfig } from './plugin-config.js';

/** What one run of the plugin does: wait, write, end. */
export interface PluginStep {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0. */
  readonly exitCode?: number;
  /** Wait this long before writing anything. Milliseconds. */
  readonly delayMs?: number;
  /** After writing, the plugin ends itself with this signal. */
  readonly signal?: NodeJS.Signals;
}

/** A real program that plays a script, and what is known about its runs. */
export interface ScriptedPlugin extends AsyncDisposable {
  readonly config: PluginConfig;
  /** How often the program was started so far. */
  runs(): number;
  /** KUBERNETES_EXEC_INFO of each run, oldest first; an empty string where there was none. */
  execInfos(): readonly string[];
  /** Replaces the script: the next run does the first of these steps. */
  script(steps: PluginStep | readonly PluginStep[]): void;
  /** Removes what the runs left behind. */
  dispose(): Promise<void>;
}

/** What the program reads. */
export interface PluginScript {
  /** Runs that belong to earlier scripts. */
  readonly runsBefore: number;
  readonly steps: readonly PluginStep[];
}

/**
 * Makes an exec plugin that does `steps`, one for each run; the last one repeats.
 *
 * It is a separate program, so that a test sees what a user sees: a process, an environment, pipes, an exit code.
 * The script lies in a directory of its own that only this user can read, until `dispose()`.
 * @throws {Error} when the testkit has not been compiled: plain Node must be able to run the program.
 */
export async function scriptedPlugin(
  steps: PluginStep | readonly PluginStep[],
): Promise<ScriptedPlugin> {
  const program = compiledProgram('plugin/scripted-plugin-program.js');
  const directory = await mkdtemp(join(tmpdir(), 'keyturn-plugin-'));

  const execInfos = (): readonly string[] => {
    const count = readdirSync(directory).filter((name) => name.startsWith('run-')).length;
    return Array.from({ length: count }, (_, index) =>
      readFileSync(join(directory, `run-${index + 1}`), 'utf8'),
    );
  };
  const runs = (): number => execInfos().length;
  const script = (next: PluginStep | readonly PluginStep[]): void => {
    const content: PluginScript = { runsBefore: runs(), steps: [next].flat() };
    // Renamed into place, so that a run which starts right now reads the old script or the new one.
    writeFileSync(join(directory, 'next.json'), JSON.stringify(content), { mode: 0o600 });
    renameSync(join(directory, 'next.json'), join(directory, 'script.json'));
  };
  const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true });

  script(steps);
  return {
    config: {
      command: process.execPath,
      args: [program, directory],
      env: [],
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
    },
    runs,
    execInfos,
    script,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

import type { ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { guardScript } from './guard-script.js';

/**
 * How far the end of a plugin reaches.
 *
 * - `group`: its whole process group. It asks nobody, so what it has started is its own.
 * - `answer`: the plugin and what works on its answer. It may have asked a person, and the browser that it opened is theirs.
 * - `terminal`: the same for one that shares our terminal. Of Ctrl-C it knows by itself, and may still be tidying up.
 */
export type Reach = 'group' | 'answer' | 'terminal';

/** A started plugin, as far as ending it goes. */
export interface RunningPlugin {
  readonly pid: number;
  readonly reach: Reach;
  hasExited(): boolean;
  /** Resolves when the plugin has exited. */
  readonly exited: Promise<void>;
}

// A plugin gets this long to tidy up after SIGTERM, as in the guard's script, and the system that long for SIGKILL.
const graceMs = 1_000;
const killMs = 1_000;
// Runs often follow each other: those of several credentials at the start of a program, or the next try.
const lingerMs = 1_000;
// What a plugin gets where no guard can give it more: the program waits for it, and ends.
const lastGraceMs = 100;

/**
 * Ends plugins: when they are asked to, and when this process or thread ends, however it does.
 *
 * Nothing here listens for signals. A listener would take the place of the system's own answer to Ctrl-C and SIGTERM,
 * and a signal that arrives while the last one is being taken off falls on nobody. So a shell that is no part of our
 * process group reads from us while plugins run, and acts when there is nothing more to read (decision 0040).
 */
export class PluginGuard {
  readonly #shell: string;
  readonly #running: Set<RunningPlugin> = new Set();
  #process: ChildProcess | undefined;
  #farewell: NodeJS.Timeout | undefined;

  /** @param shell path of a POSIX shell */
  constructor(shell = '/bin/sh') {
    this.#shell = shell;
  }

  /** Makes ready for a plugin that is about to be started, so that hardly any time passes between its start and `watch`. */
  prepare(): void {
    clearTimeout(this.#farewell);
    this.#process ??= this.#start();
    this.#linger();
  }

  /** Ends `plugin` when this process ends before it. */
  watch(plugin: RunningPlugin): void {
    clearTimeout(this.#farewell);
    if (this.#running.size === 0) process.on('exit', this.#onExit);
    this.#running.add(plugin);
    this.#tell();
    void plugin.exited.then(() => this.#forget(plugin));
  }

  /** Asks `plugin` to end: SIGTERM, and SIGKILL a second later. Resolves when it has, or nothing more can be done. */
  async end(plugin: RunningPlugin): Promise<void> {
    if (plugin.hasExited()) return;
    if (this.#process === undefined) endWithoutGuard(plugin);
    else this.#write(`end ${wordOf(plugin)}`);
    await atMost(graceMs + killMs, plugin.exited);
    if (plugin.hasExited()) return;
    // The guard itself was ended, or the system is slow beyond measure.
    send(plugin, 'SIGKILL');
    await atMost(killMs, plugin.exited);
  }

  #forget(plugin: RunningPlugin): void {
    this.#running.delete(plugin);
    this.#tell();
    if (this.#running.size > 0) return;
    process.off('exit', this.#onExit);
    this.#linger();
  }

  #start(): ChildProcess | undefined {
    if (process.platform === 'win32') return undefined;
    try {
      // Not needed by who only imports this file.
      const { spawn } = process.getBuiltinModule('node:child_process');
      const guard = spawn(this.#shell, ['-c', guardScript], {
        stdio: ['pipe', 'ignore', 'ignore'],
        // A session of its own: what the terminal sends to ours must not reach it.
        detached: true,
        cwd: '/',
        env: { PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}` },
      });
      const lose = (): void => {
        if (this.#process === guard) this.#process = undefined;
      };
      guard.on('error', lose).on('exit', lose).unref();
      guard.stdin.on('error', lose);
      (guard.stdin as Writable & { unref?: () => void }).unref?.();
      return guard.pid === undefined ? undefined : guard;
    } catch {
      // A runtime that may start this plugin and nothing else.
      return undefined;
    }
  }

  #linger(): void {
    if (this.#running.size > 0) return;
    this.#farewell = setTimeout(() => {
      this.#process?.stdin?.end();
      this.#process = undefined;
    }, lingerMs).unref();
  }

  #tell(): void {
    this.#write(['running', ...[...this.#running].map(wordOf)].join(' '));
  }

  #write(line: string): void {
    this.#process?.stdin?.write(`${line}\n`);
  }

  readonly #onExit = (): void => {
    if (this.#process === undefined) endAtOnce([...this.#running]);
  };
}

/** The one of this thread. */
export const pluginGuard: PluginGuard = new PluginGuard();

function wordOf({ pid, reach }: RunningPlugin): string {
  return `${pid}:${reach}`;
}

async function atMost(limitMs: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    // The plugin itself keeps our process alive, if somebody waits for it.
    timer = setTimeout(resolve, limitMs).unref();
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

function endWithoutGuard(plugin: RunningPlugin): void {
  send(plugin, 'SIGTERM');
  const timer = setTimeout(() => send(plugin, 'SIGKILL'), graceMs).unref();
  // The group of a plugin outlives it.
  if (plugin.reach !== 'group') void plugin.exited.then(() => clearTimeout(timer));
}

function endAtOnce(plugins: readonly RunningPlugin[]): void {
  for (const plugin of plugins) send(plugin, 'SIGTERM');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lastGraceMs);
  for (const plugin of plugins) send(plugin, 'SIGKILL');
}

/** What else works on an answer only the guard finds out. */
function send({ pid, reach }: RunningPlugin, signal: NodeJS.Signals): void {
  try {
    process.kill(reach === 'group' ? -pid : pid, signal);
  } catch {
    // It has ended by itself.
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { PluginGuard, type Reach, type RunningPlugin } from './plugin-guard.js';

interface Started extends RunningPlugin {
  readonly child: ChildProcess;
  /** The processes that the shell said it had started. */
  readonly others: readonly number[];
}

const started: number[] = [];

/** Starts a shell in a group of its own and waits until it has said the numbers of the processes that it started. */
async function start(script: string, reach: Reach = 'group'): Promise<Started> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said] = (await once(createInterface(child.stdout ?? process.stdin), 'line')) as [string];
  const pid = child.pid ?? 0;
  const others = said.split(' ').map(Number);
  started.push(pid, ...others);
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return { pid, reach, hasExited, exited, child, others };
}

/** A process that has ended counts as gone, even if nobody collects it, as in a container without init. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' || process.platform === 'linux';
  }
}

const whenGone = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(isGone(pid)).toBe(true), { timeout: 40_000, interval: 10 });

/** Runs `plugin` under a guard of its own, and asks for its end. */
async function end(plugin: Started, shell = '/bin/sh'): Promise<void> {
  const guard = new PluginGuard(shell);
  guard.prepare();
  guard.watch(plugin);
  await guard.end(plugin);
  await plugin.exited;
}

afterAll(() => {
  for (const pid of started) if (!isGone(pid)) process.kill(pid, 'SIGKILL');
});

describe.concurrent.each([
  ['by the guard', '/bin/sh'],
  ['where no shell can be a guard', '/no/such/shell'],
])('a plugin that is ended %s', (_, shell) => {
  it('is asked politely first', async () => {
    const plugin = await start('trap "exit 7" TERM; sleep 30 & echo $!; wait');
    await end(plugin, shell);
    expect(plugin.child.exitCode).toBe(7);
    await whenGone(plugin.others[0] ?? 0);
  });

  it('is killed if it does not listen, with its children', async () => {
    const plugin = await start('trap "" TERM; sleep 30 & echo $!; wait; sleep 30');
    await end(plugin, shell);
    expect(plugin.child.signalCode).toBe('SIGKILL');
    await whenGone(plugin.others[0] ?? 0);
  });

  it('is not waited for because of a child that survives it, which ends a moment later', async () => {
    const plugin = await start(`sh -c 'trap "" TERM; echo $$; exec sleep 30' & wait`);
    await end(plugin, shell);
    expect(isGone(plugin.others[0] ?? 0)).toBe(false);
    await whenGone(plugin.others[0] ?? 0);
  });
});

it('ends a plugin although somebody has ended the guard', async () => {
  const plugin = await start('echo 0; exec sleep 30');
  const guard = new PluginGuard('/bin/true');
  guard.prepare();
  guard.watch(plugin);
  await guard.end(plugin);
  await plugin.exited;
  expect(plugin.child.signalCode).toMatch(/SIGTERM|SIGKILL/);
});

// Only /proc tells a browser from a helper.
describe
  .runIf(process.platform === 'linux')
  .concurrent('a plugin that may have asked a person', () => {
    const elsewhere = '>/dev/null 2>&1 </dev/null';

    it.each([
      ['a browser with its output elsewhere', `sleep 30 ${elsewhere} & echo $!; sleep 30`],
      ['one that writes to the stderr of the plugin', 'sleep 30 >&2 & echo $!; sleep 30'],
      ['one in a session of its own', `setsid sleep 30 ${elsewhere} & echo $!; sleep 30`],
    ])('leaves behind %s', async (_, script) => {
      const plugin = await start(script, 'answer');
      await end(plugin);
      expect(plugin.child.signalCode).toBe('SIGTERM');
      expect(plugin.others.map(isGone)).toEqual([false]);
    });

    it.each([
      ['a program that it wraps', 'sleep 30 & echo $!; wait'],
      ['a program whose answer it changes', 'sleep 30 | cat & echo $!; wait'],
      ['a wrapper within a wrapper', `sh -c 'sleep 30 & echo $!; wait'; true`],
    ])('takes along %s', async (_, script) => {
      const plugin = await start(script, 'answer');
      await end(plugin);
      await Promise.all(plugin.others.map(whenGone));
    });

    it('is killed if it does not listen', async () => {
      const plugin = await start('trap "" TERM; echo 0; while :; do sleep 1; done', 'answer');
      await end(plugin);
      expect(plugin.child.signalCode).toBe('SIGKILL');
    });
  });

const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const listeners = (): number[] => events.map((event) => process.listenerCount(event));

it('listens for no signal, so that each does what it did before', async () => {
  const before = listeners();
  const exitsBefore = process.listeners('exit');
  const plugins = await Promise.all(Array.from({ length: 12 }, () => start('echo 0; sleep 30')));
  const guard = new PluginGuard();
  guard.prepare();
  for (const plugin of plugins) guard.watch(plugin);
  expect(listeners()).toEqual(before);
  const added = process.listeners('exit').filter((listener) => !exitsBefore.includes(listener));
  expect(added).toHaveLength(1);
  await Promise.all(plugins.map((plugin) => guard.end(plugin)));
  expect(process.listeners('exit')).not.toContain(added[0]);
});

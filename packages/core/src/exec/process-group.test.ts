import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { endProcess, endWithThisProcess, type RunningProcess } from './process-group.js';

interface Started extends RunningProcess {
  readonly child: ChildProcess;
  /** The process that the shell said it had started. */
  readonly grandchild: number;
}

const started: number[] = [];

/** Starts a shell in a group of its own and waits until it has said the number of its child. */
async function start(script: string): Promise<Started> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const [pid, grandchild] = [child.pid ?? 0, Number(said)];
  started.push(pid, grandchild);
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return { pid, ownsGroup: true, hasExited, child, grandchild };
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

const whenGone = (pid: number): Promise<void> => expect.poll(() => isGone(pid)).toBe(true);

afterEach(() => {
  for (const pid of started.splice(0)) if (!isGone(pid)) process.kill(pid, 'SIGKILL');
});

describe('ending a plugin', () => {
  it('asks politely first', async () => {
    const plugin = await start('trap "exit 7" TERM; sleep 30 & echo $!; wait');
    await endProcess(plugin);
    expect(plugin.child.exitCode).toBe(7);
    await whenGone(plugin.grandchild);
  });

  it('ends one that does not listen, with its children', async () => {
    const plugin = await start('trap "" TERM; sleep 30 & echo $!; wait; sleep 30');
    await endProcess(plugin);
    expect(plugin.child.signalCode).toBe('SIGKILL');
    await whenGone(plugin.grandchild);
  });

  it('does not wait for a child that survives the plugin, and ends it a moment later', async () => {
    const plugin = await start(`sh -c 'trap "" TERM; echo $$; exec sleep 30' & wait`);
    await endProcess(plugin);
    expect(isGone(plugin.grandchild)).toBe(false);
    await whenGone(plugin.grandchild);
  });
});

const events = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const listeners = (): number[] => events.map((event) => process.listenerCount(event));

/** A process that only exists on paper, and what was sent to whom. */
function pretend(ownsGroup: boolean): { plugin: RunningProcess; sent: () => unknown[][] } {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  return {
    plugin: { pid: 4_000_001, ownsGroup, hasExited: () => false },
    sent: () => kill.mock.calls,
  };
}

describe('a plugin', () => {
  it('hangs on this process only while it runs', () => {
    const before = listeners();
    const { plugin } = pretend(true);
    const others = Array.from({ length: 20 }, () => endWithThisProcess({ ...plugin }));
    expect(listeners()).toEqual(before.map((count) => count + 1));
    for (const release of others) release();
    expect(listeners()).toEqual(before);
  });

  it('ends when this process ends', () => {
    const { plugin, sent } = pretend(true);
    const release = endWithThisProcess(plugin);
    process.listeners('exit').at(-1)?.(0);
    release();
    expect(sent()).toEqual([[-4_000_001, 'SIGTERM']]);
  });

  it.each([
    ['SIGINT', true, [[-4_000_001, 'SIGINT']]],
    ['SIGHUP', true, [[-4_000_001, 'SIGHUP']]],
    ['SIGTERM', true, [[-4_000_001, 'SIGTERM']]],
    // The terminal has sent these two to our whole group.
    ['SIGINT', false, []],
    ['SIGHUP', false, []],
    ['SIGTERM', false, [[4_000_001, 'SIGTERM']]],
  ] as const)(
    'gets the %s that ends this process (own group: %s)',
    (signal, ownsGroup, expected) => {
      const { plugin, sent } = pretend(ownsGroup);
      const before = listeners();
      const release = endWithThisProcess(plugin);
      const others = process.listeners(signal).slice(1);
      for (const other of others) process.off(signal, other);
      process.emit(signal, signal);
      for (const other of others) process.on(signal, other);
      release();
      expect(sent()).toEqual([...expected, [process.pid, signal]]);
      expect(listeners()).toEqual(before);
    },
  );

  it('gets Ctrl-C also where the program handles it', () => {
    const { plugin, sent } = pretend(true);
    const mine = (): void => {};
    process.on('SIGINT', mine);
    const release = endWithThisProcess(plugin);
    process.emit('SIGINT', 'SIGINT');
    release();
    process.off('SIGINT', mine);
    expect(sent()).toEqual([[-4_000_001, 'SIGINT']]);
  });

  it('is left alone by a SIGTERM that the program handles itself', async () => {
    const { plugin, sent } = pretend(true);
    const before = listeners();
    const mine = vi.fn();
    process.on('SIGTERM', mine);
    const release = endWithThisProcess(plugin);
    process.emit('SIGTERM', 'SIGTERM');
    await new Promise(setImmediate);
    expect(listeners()[0]).toBe((before[0] ?? 0) + 1);
    release();
    process.off('SIGTERM', mine);
    expect(mine).toHaveBeenCalledOnce();
    expect(sent()).toEqual([]);
    expect(listeners()).toEqual(before);
  });
});

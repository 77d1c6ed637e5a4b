import { setTimeout as wait } from 'node:timers/promises';

/** A started plugin, as far as ending it goes. */
export interface RunningProcess {
  readonly pid: number;
  /** Whether it leads a process group of its own, which then ends as a whole. */
  readonly ownsGroup: boolean;
  hasExited(): boolean;
}

// A plugin gets this long to tidy up after SIGTERM, and the system that long to carry out SIGKILL.
const graceMs = 1_000;
const killMs = 500;
const pollMs = 10;

/**
 * Ends a process, with its whole group if it has one: SIGTERM first, SIGKILL for what is left a second later.
 *
 * Resolves when the process itself has ended, or nothing more can be done. Whether the rest of the group has ended
 * cannot be waited for: in a container without an init process its members stay on the books for ever.
 */
export async function endProcess(target: RunningProcess): Promise<void> {
  send(target, 'SIGTERM');
  const cancel = killLater(target);
  for (let waitedMs = 0; waitedMs < graceMs + killMs; waitedMs += pollMs) {
    if (target.hasExited()) break;
    await wait(pollMs);
  }
  if (!send(target, 0)) cancel();
}

function killLater(target: RunningProcess): () => void {
  // An entry of its own on the list, which stays when the run is over and the group is not.
  const { pid, ownsGroup } = target;
  const rest = { pid, ownsGroup, hasExited: () => target.hasExited() };
  asked.add(rest);
  const release = endWithThisProcess(rest);
  // Not a reason to keep this process alive: its end is one for the group as well.
  const timer = setTimeout(() => {
    release();
    send(rest, 'SIGKILL');
  }, graceMs).unref();
  return () => {
    release();
    clearTimeout(timer);
  };
}

/**
 * Ends `target` when this process ends, until the returned function is called.
 *
 * A plugin with a group of its own does not hear the terminal's Ctrl-C, so that is passed on. The hooks hang on the
 * process, which there is one of, and only while a plugin runs.
 */
export function endWithThisProcess(target: RunningProcess): () => void {
  if (running.size === 0) watch();
  running.add(target);
  return () => {
    running.delete(target);
    if (running.size === 0) unwatch();
  };
}

const running: Set<RunningProcess> = new Set();
/** Those that had their SIGTERM already. */
const asked: WeakSet<RunningProcess> = new WeakSet();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function watch(): void {
  process.on('exit', onExit);
  for (const signal of signals) process.prependListener(signal, onSignal);
}

function unwatch(): void {
  process.off('exit', onExit);
  for (const signal of signals) process.off(signal, onSignal);
}

function onExit(): void {
  for (const target of running) send(target, asked.has(target) ? 'SIGKILL' : 'SIGTERM');
}

function onSignal(signal: NodeJS.Signals): void {
  // We step aside before looking: libraries that do the same (signal-exit) act only where no other listener is left.
  unwatch();
  const isLast = process.listenerCount(signal) === 0;
  for (const target of running) {
    // SIGTERM comes to us alone. With a listener of the program's own it may mean "finish your work", and the plugin
    // is part of it. The others come from the terminal, to all that share our group.
    if (signal === 'SIGTERM' ? isLast : target.ownsGroup) send(target, signal);
  }
  if (isLast) process.kill(process.pid, signal);
  else setImmediate(watchAgain);
}

function watchAgain(): void {
  unwatch();
  if (running.size > 0) watch();
}

/** Tells whether there was anything left to send the signal to. */
function send(target: RunningProcess, signal: NodeJS.Signals | 0): boolean {
  // The number of a process that has ended may belong to another one by now; that of a group lives on with its members.
  if (!target.ownsGroup && target.hasExited()) return false;
  try {
    process.kill(target.ownsGroup ? -target.pid : target.pid, signal);
    return true;
  } catch {
    return false;
  }
}

import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';

/** Who has a lease, as far as others on the same machine can look whether it still lives. */
export interface Holder {
  /** The machine, and on it the container: where a process id means the same process. */
  readonly machine: string;
  readonly pid: number;
  /** When the process started, in whatever the system counts: process ids are used again. */
  readonly startedAt?: string | undefined;
}

let self: Holder | undefined;

/** Returns what this process is known by. */
export function thisHolder(): Holder {
  self ??= {
    machine: machineId(),
    pid: process.pid,
    startedAt: statOf(readNow('/proc/self/stat'))?.startedAt,
  };
  return self;
}

/**
 * Tells whether a holder is known to be dead. Of a process on another machine, or of one that is there, nothing is known; then the
 * lease has to pass.
 */
export async function isDead({ machine, pid, startedAt }: Holder): Promise<boolean> {
  const here = thisHolder();
  if (machine !== here.machine) return false;
  if (pid === here.pid) return startedAt !== here.startedAt;
  if (!isThere(pid)) return true;
  if (startedAt === undefined) return false;
  const stat = statOf(await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined));
  // One that has ended and that its parent has not looked at yet is there, and does nothing any more.
  return stat !== undefined && (stat.startedAt !== startedAt || /^[ZXx]$/.test(stat.state));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Field 22 counts ticks since the machine was started; the name before it may hold blanks and brackets. */
function statOf(text: string | undefined): { state: string; startedAt: string } | undefined {
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedAt] = [fields?.[0], fields?.[19]];
  return state === undefined || startedAt === undefined ? undefined : { state, startedAt };
}

/**
 * Linux tells each start of the kernel and each space of process ids apart. Elsewhere it is the name with the network cards: where these
 * change, a dead holder is waited for, and never a living one taken for dead.
 */
function machineId(): string {
  const boot = readNow('/proc/sys/kernel/random/boot_id')?.trim();
  const space = pidSpace();
  if (boot !== undefined && space !== undefined) return `${boot} ${space}`;
  const cards = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ internal }) => !internal).map(({ mac }) => mac),
  );
  const text = [hostname(), ...[...new Set(cards)].sort()].join(' ');
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function pidSpace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

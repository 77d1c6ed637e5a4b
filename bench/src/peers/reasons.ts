import type { WorkId } from './roster.js';

/** Why a peer may be ahead of Keyturn: by work and figure, and by peer where it is not the same for all. */
const reasons: Readonly<Record<string, string>> = {
  'cold ms': 'its first run loads execa',
  'cold manyMs': 'its first run loads execa',
  'expiry longestMs azure': 'it refreshes all the time',
  'due waitMs azure': 'execFile starts a process sooner than execa',
  'failing recoveryMs': 'it asks on at once, Keyturn pauses',
};

/** The reason in a few words; undefined where none is known. To be shown only where the measurement says so. */
export function reasonFor(work: WorkId, figure: string, id: string): string | undefined {
  return reasons[`${work} ${figure} ${id}`] ?? reasons[`${work} ${figure}`];
}

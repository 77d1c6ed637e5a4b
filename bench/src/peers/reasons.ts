import { spreadOf } from '../paired.js';
import type { WorkId } from './roster.js';
import { type Rule, standingOf } from './verdict.js';
import { type Figure, type Figures, samplesOf } from './work.js';

/** A peer that is ahead of Keyturn in one figure, and what both did meanwhile. */
export interface Lead {
  readonly work: WorkId;
  readonly figure: string;
  readonly rule: Rule;
  /** Its id. */
  readonly peer: string;
  readonly theirs: Figures;
  readonly ours: Figures;
  /** Keyturn in a process that has run a plugin before; undefined in a quick run, which does without. */
  readonly primed: Figures | undefined;
}

/** Why a peer may be ahead, and what the results must show for that to be why. */
interface Reason {
  readonly text: string;
  readonly explains: (lead: Lead) => boolean;
}

/**
 * Keyturn pauses for at most 250, 500 and 1,000 ms after its first three failures. The third one is some 200 ms before the
 * plugin works again: the rest of its pause and one run of the plugin fit in here, and a fourth pause does not.
 * Milliseconds.
 */
const longestRecoveryMs = 1_000;

/** A process starts within this, so that two ways to start one differ by no more. Milliseconds. */
const processStartMs = 5;

const startingGuard: Reason = {
  text: "Keyturn's first run starts its guard",
  // Where the guard is there already, and the code has run before, the peer must not be ahead any more.
  explains: ({ figure, rule, theirs, primed }) =>
    primed === undefined ||
    standingOf(theirs[figure] ?? '', primed[figure] ?? '', rule) !== 'ahead',
};

/** What 10,000 callers take to ask, one after the other: some microseconds each. Milliseconds. */
const askingMs = 20;

/** The one who asks first is not held up by the start of a process, so that this comes after all who ask in the same turn. */
const startingLate: Reason = {
  text: 'Keyturn starts its plugin after the turn in which all ask, the peer within it',
  explains: ({ rule, theirs, primed }) =>
    primed !== undefined &&
    standingOf(theirs['ms'] ?? '', primed['ms'] ?? '', rule) !== 'ahead' &&
    middleOf(primed['manyMs']) - middleOf(theirs['manyMs']) <= askingMs,
};

/** By work and figure, and by peer where it is not the same for all: the first that explains it. */
const reasons: Readonly<Record<string, readonly Reason[]>> = {
  'cold ms': [startingGuard],
  'cold manyMs': [startingGuard, startingLate],
  'expiry longestMs azure': [
    {
      text: 'Azure refreshes all the time',
      explains: ({ theirs, ours }) => middleOf(theirs['runsEach']) > middleOf(ours['runsEach']),
    },
  ],
  'due waitMs azure': [
    {
      text: 'execFile waits for no guard to be told',
      explains: ({ theirs, ours }) =>
        middleOf(ours['waitMs']) - middleOf(theirs['waitMs']) < processStartMs,
    },
  ],
  'failing recoveryMs': [
    {
      text: 'the peer asks on at once, Keyturn pauses',
      explains: ({ theirs, ours }) =>
        middleOf(theirs['runs']) > middleOf(ours['runs']) &&
        middleOf(ours['recoveryMs']) <= longestRecoveryMs,
    },
  ],
};

/** The reason in a few words; undefined where none is known, or where the results speak against it. */
export function reasonFor(lead: Lead): string | undefined {
  const { work, figure, peer } = lead;
  const known = reasons[`${work} ${figure} ${peer}`] ?? reasons[`${work} ${figure}`] ?? [];
  return known.find(({ explains }) => explains(lead))?.text;
}

/** Not a number where nothing was measured: then no comparison holds. */
function middleOf(figure: Figure | undefined): number {
  const samples = samplesOf(figure);
  return samples.length === 0 ? Number.NaN : spreadOf(samples).median;
}

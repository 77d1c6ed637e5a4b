import { spreadOf } from '../paired.js';
import type { Figure } from './work.js';

/** What counts as better, and from where on. */
export interface Rule {
  readonly better: 'less' | 'more';
  /** What the measurement cannot tell apart, in the unit of the figure. Default 0: a count. */
  readonly resolution?: number;
  /** Another figure: who is behind in that one is not ahead in this one by doing less. */
  readonly given?: string;
}

export type Standing = 'ahead' | 'level' | 'behind';

/** Two medians closer than this are the same to anyone who uses them. */
const smallestShare = 0.05;

/** What one or two measurements can tell: they have no spread to speak of. */
const sketchyShare = 0.5;
const fewestMeasurements = 3;

/**
 * Says where `theirs` stands beside `ours`.
 *
 * Ahead or behind only when the two medians are known well enough to be told apart, and are further apart than the
 * resolution of the figure and than a twentieth: than half, where there are fewer than three measurements and no
 * counts. Undefined when either was not measured.
 */
export function standingOf(theirs: Figure, ours: Figure, rule: Rule): Standing | undefined {
  if (!isMeasured(theirs) || !isMeasured(ours)) return undefined;
  const sign = rule.better === 'less' ? 1 : -1;
  const gain = gainOf(theirs, ours, sign, rule);
  if (gain > 0) return 'ahead';
  return gainOf(ours, theirs, sign, rule) > 0 ? 'behind' : 'level';
}

/** By how much the first is better; 0 where that cannot be told. */
function gainOf(
  first: readonly number[],
  second: readonly number[],
  sign: 1 | -1,
  { resolution = 0 }: Rule,
): number {
  const good = spreadOf(first.map((value) => sign * value));
  const bad = spreadOf(second.map((value) => sign * value));
  const apart = bad.median - good.median;
  const least = Math.max(resolution, shareFor(first, second) * Math.abs(bad.median));
  return good.medianTo < bad.medianFrom && apart > least ? apart : 0;
}

function shareFor(first: readonly number[], second: readonly number[]): number {
  const isCounted = [...first, ...second].every(Number.isInteger);
  const fewest = Math.min(first.length, second.length);
  return isCounted || fewest >= fewestMeasurements ? smallestShare : sketchyShare;
}

function isMeasured(figure: Figure): figure is readonly number[] {
  return typeof figure !== 'string' && figure.length > 0;
}

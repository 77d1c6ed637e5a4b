import type { Spread } from './paired.js';
import type { BudgetLine, Verdict } from './section.js';

/** `1.02 (0.99 to 1.05)`: the median, and the middle half of what was measured. */
export function describeSpread({ median, low, high }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** `1.021 ± 0.008 (0.99 to 1.05)`: with how far the median itself may be off, at a certainty of 95 %. */
export function describeMedian({ median, low, high, medianFrom, medianTo }: Spread): string {
  const doubt = (medianTo - medianFrom) / 2;
  return `${median.toFixed(3)} ± ${doubt.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

export interface Limit {
  readonly what: string;
  readonly unit?: string;
  /** Writes the figure, without its unit. */
  readonly describe?: (spread: Spread) => string;
}

/** A line for a figure that may not be larger than `most`. */
export function atMost(most: number, spread: Spread, limit: Limit): BudgetLine {
  const verdict = verdictOf(spread.median <= most, spread.medianFrom <= most);
  return lineOf('≤', most, spread, limit, verdict);
}

/** A line for a figure that may not be smaller than `least`. */
export function atLeast(least: number, spread: Spread, limit: Limit): BudgetLine {
  const verdict = verdictOf(spread.median >= least, spread.medianTo >= least);
  return lineOf('≥', least, spread, limit, verdict);
}

/** A line for one value that may not be larger than `most`, and has no spread. */
export function withinLimit(value: number, most: number, line: SingleLine): BudgetLine {
  return judged(line, value <= most ? 'holds' : 'short', value, most);
}

/** A line for something that is counted. */
export function exactly(wanted: number, found: number, what: string): BudgetLine {
  const line = { what, figure: String(found), budget: String(wanted) };
  return judged(line, found === wanted ? 'holds' : 'short', found, wanted);
}

type SingleLine = Pick<BudgetLine, 'what' | 'figure' | 'budget'>;

function verdictOf(holds: boolean, isNear: boolean): Verdict {
  if (holds) return 'holds';
  return isNear ? 'near' : 'short';
}

function lineOf(
  sign: string,
  limit: number,
  spread: Spread,
  { what, unit = '', describe = describeSpread }: Limit,
  verdict: Verdict,
): BudgetLine {
  const line = {
    what,
    figure: `${describe(spread)}${unit}`,
    budget: `${sign} ${limit}${unit}`,
  };
  return judged(line, verdict, spread.median, limit);
}

function judged(line: SingleLine, verdict: Verdict, value: number, limit: number): BudgetLine {
  // A share of nothing says nothing; there the figure itself does.
  if (verdict === 'holds' || limit === 0) return { ...line, verdict };
  return { ...line, verdict, shortByPercent: (Math.abs(value - limit) / limit) * 100 };
}

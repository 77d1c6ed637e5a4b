import type { Spread } from './paired.js';
import type { BudgetLine, Verdict } from './section.js';

/** `1.02 (0.99 to 1.05)`: the median, and the middle half of what was measured. */
export function describeSpread({ median, low, high }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

export interface Limit {
  readonly what: string;
  readonly unit?: string;
  readonly digits?: number;
}

/** A line for a figure that may not be larger than `most`. */
export function atMost(most: number, spread: Spread, limit: Limit): BudgetLine {
  return lineOf('≤', most, spread, limit, verdictOf(spread.median <= most, spread.low <= most));
}

/** A line for a figure that may not be smaller than `least`. */
export function atLeast(least: number, spread: Spread, limit: Limit): BudgetLine {
  return lineOf('≥', least, spread, limit, verdictOf(spread.median >= least, spread.high >= least));
}

/** A line for something that is counted, and has no spread. */
export function exactly(wanted: number, found: number, what: string): BudgetLine {
  return {
    what,
    figure: String(found),
    budget: String(wanted),
    verdict: found === wanted ? 'holds' : 'short',
  };
}

function verdictOf(holds: boolean, isNear: boolean): Verdict {
  if (holds) return 'holds';
  return isNear ? 'near' : 'short';
}

function lineOf(
  sign: string,
  limit: number,
  spread: Spread,
  { what, unit = '', digits = 2 }: Limit,
  verdict: Verdict,
): BudgetLine {
  return {
    what,
    figure: `${describeSpread(spread, digits)}${unit}`,
    budget: `${sign} ${limit}${unit}`,
    verdict,
  };
}

import { linearRegression } from 'simple-statistics';

/** What was measured at one size. */
export interface SizedFigure {
  readonly size: number;
  readonly value: number;
}

/**
 * The power of the size with which a figure grows: 0 is flat, 1 is linear, 2 is quadratic. The slope of the line through
 * the logarithms of both.
 */
export function growthExponent(figures: readonly SizedFigure[]): number {
  const points = figures.map(({ size, value }) => [Math.log(size), Math.log(value)]);
  return linearRegression(points).m;
}

/** By how much a figure grows with a million more: the slope of the line through all of them. */
export function growthPerMillion(figures: readonly SizedFigure[]): number {
  return linearRegression(figures.map(({ size, value }) => [size, value])).m * 1_000_000;
}

import { describe, expect, it } from 'vitest';
import { atLeast, atMost, describeMedian, exactly, withinLimit } from './budget.js';
import { type Spread, spreadOf } from './paired.js';

const spread: Spread = {
  ...{ median: 0.96, low: 0.9, high: 1.02, medianFrom: 0.952, medianTo: 0.968, count: 96 },
};

describe('a limit', () => {
  it.each([
    [0.96, 'holds', undefined],
    [0.965, 'near', 0.52],
    [0.97, 'short', 1.03],
  ])(
    'of at least %d is judged by the doubt in the median, not by the spread',
    (least, verdict, percent) => {
      const line = atLeast(least, spread, { what: 'a rate' });
      expect(line).toMatchObject({ budget: `≥ ${least}`, verdict });
      expect(line.shortByPercent?.toFixed(2)).toBe(percent?.toFixed(2));
    },
  );

  it.each([
    [0.96, 'holds'],
    [0.955, 'near'],
    [0.95, 'short'],
  ])('of at most %d too', (most, verdict) => {
    const line = atMost(most, spread, { what: 'a time', unit: ' ms' });
    expect(line).toMatchObject({
      figure: '0.96 (0.90 to 1.02) ms',
      budget: `≤ ${most} ms`,
      verdict,
    });
  });

  it('of a single value holds or does not', () => {
    const line = { what: 'heap', figure: '3 MiB', budget: '≤ 2 MiB' };
    expect(withinLimit(2, 2, line)).toEqual({ ...line, verdict: 'holds' });
    expect(withinLimit(3, 2, line)).toEqual({ ...line, verdict: 'short', shortByPercent: 50 });
  });

  it('of nothing has no share that it is missed by', () => {
    expect(exactly(0, 2, 'lost')).toEqual({
      ...{ what: 'lost', figure: '2', budget: '0', verdict: 'short' },
    });
  });
});

it('writes how far the median may be off', () => {
  expect(describeMedian(spread)).toBe('0.960 ± 0.008 (0.90 to 1.02)');
});

describe('the doubt in a median', () => {
  it('is where the middle of many such runs would lie', () => {
    const { median, low, medianFrom, medianTo } = spreadOf([...Array(101).keys()]);
    expect([median, low]).toEqual([50, 25]);
    expect(medianFrom).toBeCloseTo(40.25, 2);
    expect(medianTo).toBeCloseTo(59.75, 2);
  });

  it('is everything that was measured where that is little', () => {
    expect(spreadOf([3, 1, 2])).toMatchObject({ median: 2, medianFrom: 1, medianTo: 3 });
  });
});

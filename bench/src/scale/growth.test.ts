import { expect, it } from 'vitest';
import { growthExponent, growthPerMillion, type SizedFigure } from './growth.js';

const figuresOf = (value: (size: number) => number): SizedFigure[] =>
  [1, 10, 100, 1_000].map((size) => ({ size, value: value(size) }));

it('gives 0 for what stays the same', () => {
  expect(growthExponent(figuresOf(() => 50))).toBeCloseTo(0);
});

it('gives 1 for what doubles with the size', () => {
  expect(growthExponent(figuresOf((size) => 40 * size))).toBeCloseTo(1);
});

it('gives 2 for what grows with the square', () => {
  expect(growthExponent(figuresOf((size) => size ** 2))).toBeCloseTo(2);
});

it('gives what a million more add, whatever the first figure was', () => {
  const sizes = [100_000, 500_000, 1_000_000];
  const heap = sizes.map((size) => ({ size, value: 12 + (3 * size) / 1_000_000 }));
  expect(growthPerMillion(heap)).toBeCloseTo(3);
});

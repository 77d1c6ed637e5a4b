import { expect, it } from 'vitest';
import { spreadOf } from '../paired.js';
import { type ImportFigures, importTable } from './tables.js';

const figuresOf = (foreign: readonly string[]): ImportFigures => ({
  name: '@keyturn/core',
  foreign,
  importMs: spreadOf([120]),
  floorMs: spreadOf([100]),
  differenceMs: spreadOf([20]),
  ratio: spreadOf([1.2]),
  processRatio: spreadOf([1.1]),
});

it('names what the floor of an entry point imports', () => {
  const [row] = importTable([figuresOf(['axios', 'inversify'])]).rows;
  expect(row?.[1]).toBe('axios, inversify');
  expect(row?.[4]).toMatch(/^1\.20/);
});

it('gives no ratio over an empty module', () => {
  const [row] = importTable([figuresOf([])]).rows;
  expect(row?.[1]).toBe('an empty module');
  expect(row?.[4]).toBe('');
});

import { expect, it } from 'vitest';
import { nearest } from './nearest.js';

const names = ['refreshWindowMs', 'clockSkewMs', 'source', 'prod-eu', 'prod-us'];

it.each([
  ['refreshWindow', 'refreshWindowMs'],
  ['refreshwindowms', 'refreshWindowMs'],
  ['clock_skew_ms', 'clockSkewMs'],
  ['Source', 'source'],
  ['souce', 'source'],
  ['sources', 'source'],
  ['prod_us', 'prod-us'],
])('finds what was meant by %j', (word, name) => {
  expect(nearest(word, names)).toBe(name);
});

it.each(['', 'x', 'sou', 'timeout', 'constructor', 'windowRefreshMs'])(
  'finds nothing for %j, which is like none',
  (word) => {
    expect(nearest(word, names)).toBeUndefined();
  },
);

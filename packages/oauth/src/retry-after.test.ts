import { expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const now = Date.UTC(2026, 0, 15, 12);
const read = (headers: Record<string, string>): number | undefined =>
  retryAfterMs(new Headers(headers), now);

it.each([
  ['120', 120_000],
  ['0', 0],
  ['1.5', 1_500],
  ['Thu, 15 Jan 2026 12:01:00 GMT', 60_000],
  ['Thu, 15 Jan 2026 11:00:00 GMT', 0],
  ['', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['2026', 2_026_000],
  ['9'.repeat(40), undefined],
  ['999999999', 86_400_000],
  ['Fri, 15 Jan 2100 12:00:00 GMT', 86_400_000],
])('reads %s', (text, expected) => {
  expect(read({ 'retry-after': text })).toBe(expected);
});

it('measures a date by the clock of the server that names it', () => {
  const headers = {
    'retry-after': 'Thu, 15 Jan 2026 13:01:00 GMT',
    date: 'Thu, 15 Jan 2026 13:00:00 GMT',
  };
  expect(read(headers)).toBe(60_000);
});

it('is nothing where there is no such header', () => {
  expect(read({})).toBeUndefined();
});

import { manualClock } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { Sometimes } from './sometimes.js';

function runs(sometimes: Sometimes, count: number): number {
  return Array.from({ length: count }, () => sometimes.run(() => {})).filter(Boolean).length;
}

it('runs up to the threshold within one window', () => {
  expect(runs(new Sometimes({ threshold: 2, intervalMs: 1_000 }, manualClock()), 10)).toBe(2);
});

it('opens the next window with the first call after the end of the last', async () => {
  const clock = manualClock();
  const sometimes = new Sometimes({ threshold: 2, intervalMs: 5_000 }, clock);
  let count = 0;
  for (let second = 0; second < 10; second += 1) {
    count += runs(sometimes, 1);
    await clock.advance(1_000);
  }
  expect(count).toBe(4);
});

it('tells whether it ran, and runs the function only then', () => {
  const sometimes = new Sometimes({ threshold: 1, intervalMs: 1_000 }, manualClock());
  let calls = 0;
  const call = (): void => {
    calls += 1;
  };
  expect([sometimes.run(call), sometimes.run(call)]).toEqual([true, false]);
  expect(calls).toBe(1);
});

it('does not open the next window a moment too early', async () => {
  const clock = manualClock();
  const sometimes = new Sometimes({ threshold: 1, intervalMs: 5_000 }, clock);
  expect(runs(sometimes, 1)).toBe(1);
  await clock.advance(4_999);
  expect(runs(sometimes, 1)).toBe(0);
  await clock.advance(1);
  expect(runs(sometimes, 2)).toBe(1);
});

it.each([1_000, 3_600_000, 31_536_000_000])(
  'opens the next window when the clock goes back by %i ms',
  (ms) => {
    let now = Date.UTC(2026, 0, 15);
    const clock = { now: () => now, schedule: () => () => {} };
    const sometimes = new Sometimes({ threshold: 1, intervalMs: 3_600_000 }, clock);
    expect(runs(sometimes, 2)).toBe(1);
    now -= ms;
    expect(runs(sometimes, 5)).toBe(1);
  },
);

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

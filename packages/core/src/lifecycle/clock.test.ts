import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from './clock.js';

afterEach(() => {
  vi.useRealTimers();
});

it('tells the time of whoever sets the clock after it was loaded, and its timers run by it', () => {
  vi.useFakeTimers({ now: 1_000 });
  const rings: number[] = [];
  systemClock.schedule(500, () => rings.push(systemClock.now()));
  vi.advanceTimersByTime(500);
  expect(rings).toEqual([1_500]);
});

it('takes a month and more for a long time, not for none', () => {
  vi.useFakeTimers({ now: 0 });
  const rings: number[] = [];
  systemClock.schedule(1e12, () => rings.push(systemClock.now()));
  vi.advanceTimersByTime(24 * 86_400_000);
  expect(rings).toEqual([]);
  vi.advanceTimersByTime(86_400_000);
  expect(rings).toHaveLength(1);
});

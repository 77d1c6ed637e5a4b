import { expect, it, vi } from 'vitest';
import { manualClock } from './manual-clock.js';

it('stands still until it is advanced', async () => {
  const clock = manualClock(1_000);
  expect(clock.now()).toBe(1_000);
  await clock.advance(250);
  expect(clock.now()).toBe(1_250);
});

it('fires what is due in the order of time, and of scheduling within the same moment', async () => {
  const clock = manualClock(0);
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name} at ${clock.now()}`);
  clock.schedule(20, note('late'));
  clock.schedule(10, note('first'));
  clock.schedule(10, note('second'));
  clock.schedule(21, note('too late'));
  await clock.advance(20);
  expect(fired).toEqual(['first at 10', 'second at 10', 'late at 20']);
  expect(clock.scheduled).toBe(1);
});

it('lets what a callback has woken run before the next callback', async () => {
  const clock = manualClock(0);
  const seen: string[] = [];
  let wake = (): void => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  }).then(() => seen.push('woken'));
  clock.schedule(1, wake);
  clock.schedule(2, () => seen.push('next'));
  await clock.advance(2);
  await woken;
  expect(seen).toEqual(['woken', 'next']);
});

it('fires what a callback schedules inside the same stretch of time', async () => {
  const clock = manualClock(0);
  const times: number[] = [];
  const again = (): void => {
    times.push(clock.now());
    clock.schedule(10, again);
  };
  clock.schedule(10, again);
  await clock.advance(35);
  expect(times).toEqual([10, 20, 30]);
});

it('forgets a callback that was cancelled', async () => {
  const clock = manualClock(0);
  let fired = false;
  const cancel = clock.schedule(10, () => {
    fired = true;
  });
  cancel();
  await clock.advance(10);
  expect(fired).toBe(false);
  expect(clock.scheduled).toBe(0);
});

it('refuses to go back', async () => {
  await expect(manualClock().advance(-1)).rejects.toThrow(TypeError);
});

it('jumps without its callbacks', async () => {
  const clock = manualClock(1_000_000);
  const called = vi.fn();
  clock.schedule(100, called);
  clock.jump(3_600_000);
  await clock.advance(99);
  expect([clock.now(), called.mock.calls.length]).toEqual([4_600_099, 0]);
  clock.jump(-7_200_000);
  await clock.advance(1);
  expect([clock.now(), called.mock.calls.length]).toEqual([-2_599_900, 1]);
});

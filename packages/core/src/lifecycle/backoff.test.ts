import { manualClock } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { Backoff } from './backoff.js';

function setUp(random: () => number = () => 0) {
  const clock = manualClock();
  const backoff = new Backoff({ clock, random });
  /** Fails `count` times, each when the pause before it is over, and returns the pauses. */
  const pauses = async (count: number, tookMs = 0): Promise<number[]> => {
    const lengths: number[] = [];
    for (let index = 0; index < count; index += 1) {
      backoff.fail(tookMs);
      lengths.push(backoff.remainingMs());
      await clock.advance(backoff.remainingMs());
    }
    return lengths;
  };
  return { clock, backoff, pauses };
}

it('does not pause before anything has failed', () => {
  const { backoff, clock } = setUp();
  expect(backoff.isPausing()).toBe(false);
  expect(backoff.remainingMs()).toBe(0);
  expect(backoff.nextAt).toBeLessThan(clock.now());
});

it('doubles its pause up to half a minute, and no further', async () => {
  const { pauses } = setUp();
  expect(await pauses(10)).toEqual([
    250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});

it('pauses for as long as a slow try took, then twice, then three times as long', async () => {
  const { pauses } = setUp();
  expect(await pauses(5, 60_000)).toEqual([60_000, 120_000, 180_000, 180_000, 180_000]);
});

it('asks again no sooner than three minutes after a login that took three', async () => {
  const { pauses } = setUp(() => 0.999);
  for (const pause of await pauses(5, 180_000)) expect(pause).toBeGreaterThan(0.8 * 180_000 - 1);
});

it('goes by doubling behind a try that was quick', async () => {
  const { pauses } = setUp();
  expect(await pauses(3, 4_999)).toEqual([250, 500, 1_000]);
});

it.each([3_600_000, 31_536_000_000])(
  'never pauses for more than five minutes: a try that took %i ms',
  async (tookMs) => {
    const { pauses } = setUp();
    expect(await pauses(3, tookMs)).toEqual([300_000, 300_000, 300_000]);
  },
);

it('takes a try that ended before it began, by a clock set back, for a quick one', async () => {
  const { pauses } = setUp();
  expect(await pauses(2, -3_600_000)).toEqual([250, 500]);
});

it('shortens its pause by up to a fifth', async () => {
  expect(await setUp(() => 0.5).pauses(1)).toEqual([225]);
  expect((await setUp(() => 0.999_999).pauses(1))[0]).toBeCloseTo(200, 2);
});

it('forgets every failure when something succeeds', async () => {
  const { backoff, pauses } = setUp();
  await pauses(6);
  backoff.fail(0);
  backoff.reset();
  expect(backoff.isPausing()).toBe(false);
  expect(await pauses(2)).toEqual([250, 500]);
});

it('tells when the next try may start', () => {
  const { backoff, clock } = setUp();
  backoff.fail(0);
  expect(backoff.nextAt).toBe(clock.now() + 250);
  expect(backoff.isPausing()).toBe(true);
});

it('leaves alone for as long as it is told, and up to a tenth longer', () => {
  for (const [random, pauseMs] of [
    [0, 60_000],
    [0.999_999, 66_000],
  ] as const) {
    const { backoff } = setUp(() => random);
    backoff.fail(0);
    backoff.leaveAlone(60_000);
    expect(backoff.remainingMs()).toBeCloseTo(pauseMs, 0);
  }
});

it('shortens no pause of its own where it is told a shorter one', () => {
  const { backoff } = setUp();
  backoff.fail(60_000);
  backoff.leaveAlone(1_000);
  expect(backoff.remainingMs()).toBe(60_000);
});

it('leaves nobody alone for more than a day', () => {
  const { backoff } = setUp();
  backoff.leaveAlone(Number.POSITIVE_INFINITY);
  expect(backoff.remainingMs()).toBe(86_400_000);
});

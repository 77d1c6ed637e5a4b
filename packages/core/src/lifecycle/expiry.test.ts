import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adaptiveExpiry } from './expiry.js';

const now = Date.UTC(2026, 0, 1);
const hour = 3_600_000;

describe('the refresh window', () => {
  it('is two minutes for an hour-long credential', () => {
    const { dueAt, expiredAt, endsAt } = adaptiveExpiry({ random: () => 0 }).schedule(
      now + hour,
      now,
    );
    expect([dueAt, expiredAt, endsAt]).toEqual([
      now + hour - 120_000,
      now + hour - 10_000,
      now + hour,
    ]);
  });

  it('is a fifth of a short lifetime, and the skew a tenth', () => {
    const { dueAt, expiredAt } = adaptiveExpiry({ random: () => 0 }).schedule(now + 5_000, now);
    expect([dueAt, expiredAt]).toEqual([now + 4_000, now + 4_500]);
  });

  it('differs between members of a fleet by up to a quarter', () => {
    const dueAt = (value: number) =>
      adaptiveExpiry({ random: () => value }).schedule(now + hour, now).dueAt;
    expect(dueAt(0.999) - dueAt(0)).toBeCloseTo(30_000, -2);
  });

  it('keeps now < due <= expired <= end for any lifetime and any options', () => {
    const number = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e12 }),
        number,
        number,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (lifetimeMs, refreshWindowMs, clockSkewMs, value) => {
          const policy = adaptiveExpiry({ refreshWindowMs, clockSkewMs, random: () => value });
          const { dueAt, expiredAt, endsAt } = policy.schedule(now + lifetimeMs, now);
          expect(dueAt).toBeGreaterThan(now);
          expect(expiredAt).toBeGreaterThanOrEqual(dueAt);
          expect(endsAt).toBeGreaterThanOrEqual(expiredAt);
          expect(endsAt - dueAt).toBeLessThanOrEqual(0.2 * lifetimeMs + 1);
        },
      ),
    );
  });
});

describe('a credential', () => {
  it('without expiry is never due', () => {
    expect(adaptiveExpiry().schedule(undefined, now).dueAt).toBe(Number.POSITIVE_INFINITY);
  });

  it('that was born expired is held for ten seconds', () => {
    const schedule = adaptiveExpiry().schedule(now - hour, now);
    expect(schedule).toMatchObject({
      bornExpired: true,
      dueAt: now + 10_000,
      endsAt: now + 10_000,
    });
  });
});

it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number])(
  'refuses %s for a window, and says which option',
  (refreshWindowMs) => {
    expect(() => adaptiveExpiry({ refreshWindowMs })).toThrow(/"refreshWindowMs"/);
  },
);

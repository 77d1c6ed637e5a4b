import { expect, it } from 'vitest';
import { TimeSpan } from './time-span.js';

function setUp(lengthMs?: number) {
  let now = 1_000_000;
  const span = new TimeSpan({ now: () => now, schedule: () => () => {} });
  if (lengthMs !== undefined) span.begin(lengthMs);
  return { span, move: (ms: number) => (now += ms), now: () => now };
}

it('is over before it has begun', () => {
  const { span } = setUp();
  expect(span.isOver()).toBe(true);
  expect(span.remainingMs()).toBe(0);
});

it('lasts as long as it was begun for', () => {
  const { span, move } = setUp(100);
  move(99);
  expect([span.isOver(), span.remainingMs()]).toEqual([false, 1]);
  move(1);
  expect([span.isOver(), span.remainingMs()]).toEqual([true, 0]);
});

it('tells when it ends, also when that has passed', () => {
  const { span, move, now } = setUp(100);
  const end = now() + 100;
  move(500);
  expect(span.endsAt).toBe(end);
});

it.each([1, 1_000, 3_600_000, 31_536_000_000])(
  'is over when the clock goes back by %i ms',
  (ms) => {
    const { span, move } = setUp(30_000);
    move(-ms);
    expect(span.isOver()).toBe(true);
    expect(span.endsAt).toBe(Number.NEGATIVE_INFINITY);
  },
);

it('is over when the clock goes back by less than has passed of it, where somebody looks', () => {
  const { span, move } = setUp(30_000);
  move(20_000);
  expect(span.isOver()).toBe(false);
  move(-15_000);
  expect(span.isOver()).toBe(true);
});

it('stays over when the clock comes back', () => {
  const { span, move } = setUp(30_000);
  move(-3_600_000);
  expect(span.isOver()).toBe(true);
  move(3_600_000);
  expect(span.isOver()).toBe(true);
});

it('begins anew by the clock as it is then', () => {
  const { span, move } = setUp(30_000);
  move(-3_600_000);
  span.begin(50);
  expect(span.remainingMs()).toBe(50);
});

it('can be ended', () => {
  const { span } = setUp(100);
  span.end();
  expect(span.isOver()).toBe(true);
});

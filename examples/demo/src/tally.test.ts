import { expect, it } from 'vitest';
import { Tally } from './tally.js';

it('times only requests that were in the air at a rotation or began soon after it', () => {
  const tally = new Tally();
  tally.ended(1_000, 1_900, 500);
  expect(tally.slowestInRotationMs).toBeUndefined();
  tally.ended(1_000, 1_040, 1_020);
  expect(tally.slowestInRotationMs).toBe(40);
  tally.ended(1_100, 1_190, 1_020);
  expect(tally.slowestInRotationMs).toBe(90);
  tally.ended(1_100, 1_130, 1_020);
  expect(tally.slowestInRotationMs).toBe(90);
  expect(tally.requests).toBe(4);
});

it('knows a refusal in the errors of every client, and keeps the first message only', () => {
  const tally = new Tally();
  const failure = (message: string, extra: object) => Object.assign(new Error(message), extra);
  tally.failed(failure('first', { response: { status: 401 } }));
  tally.failed(failure('second', { response: { statusCode: 401 } }));
  tally.failed(failure('third', { code: 'ECONNRESET' }));
  expect(tally).toMatchObject({ failures: 3, refusals: 2, firstFailure: 'first' });
});

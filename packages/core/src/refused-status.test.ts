import { expect, it } from 'vitest';
import { isRefusedStatus } from './refused-status.js';

it('takes a 401 for a refusal of the credential', () => {
  expect(isRefusedStatus(401)).toBe(true);
});

it.each([200, 204, 302, 400, 402, 403, 407, 500, undefined])('takes %s for none', (status) => {
  expect(isRefusedStatus(status)).toBe(false);
});

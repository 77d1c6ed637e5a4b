import { describe, expect, it } from 'vitest';
import { checkBindOptions } from './check-bind-options.js';
import { isRefusedStatus } from './refused-status.js';

describe('without a word of the caller', () => {
  const { refusedStatuses } = checkBindOptions('bindTest', {});

  it('a 401 is a refusal of the credential', () => {
    expect(isRefusedStatus(401, refusedStatuses)).toBe(true);
  });

  it.each([200, 204, 302, 400, 402, 403, 407, 500, undefined])('%s is none', (status) => {
    expect(isRefusedStatus(status, refusedStatuses)).toBe(false);
  });
});

describe('the option "refusedStatuses"', () => {
  const checked = (refusedStatuses: unknown): readonly number[] =>
    checkBindOptions('bindTest', { refusedStatuses: refusedStatuses as number[] }).refusedStatuses;

  it('takes the place of the 401', () => {
    const statuses = checked([403, 498]);
    const refused = [401, 403, 498, 499].filter((status) => isRefusedStatus(status, statuses));
    expect(refused).toEqual([403, 498]);
  });

  it('may be empty: then no status is a refusal', () => {
    expect(isRefusedStatus(401, checked([]))).toBe(false);
  });

  it('is what it was when the binding was made', () => {
    const given = [401];
    const statuses = checked(given);
    given.push(403);
    expect(statuses).toEqual([401]);
    expect(checked(undefined)).toEqual([401]);
    expect(Object.isFrozen(statuses)).toBe(true);
  });

  it.each([
    ['a number', 401],
    ['a string', '401'],
    ['null', null],
    ['a Set', new Set([401])],
    ['statuses in quotes', ['401']],
    ['no whole number', [401.5]],
    ['NaN', [Number.NaN]],
    ['a success', [200]],
    ['a redirect', [302]],
    ['one that is not quite an error', [399]],
    ['a status that there is not', [600]],
    // biome-ignore lint/suspicious/noSparseArray: that is the case.
    ['a hole', [401, , 403]],
  ])('refuses %s, and says what it takes', (_, given) => {
    expect(() => checked(given)).toThrow(/^Option "refusedStatuses" must be .* 400 to 599/);
    expect(() => checked(given)).toThrow(TypeError);
  });
});

import { expect, it } from 'vitest';
import { isInChain } from './cause-chain.js';

/** An error with a code, below some others. */
function below(wrappers: number): unknown {
  let error: unknown = { code: 'ERR_INNER' };
  for (let wrapper = 0; wrapper < wrappers; wrapper += 1) {
    error = new Error('outer', { cause: error });
  }
  return error;
}

const saysInner = (error: unknown): boolean => isInChain(error, ({ code }) => code === 'ERR_INNER');

it('finds an error below three others, and looks no further', () => {
  expect([0, 1, 2, 3, 4].map((wrappers) => saysInner(below(wrappers)))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});

it('finds nothing in what is no error', () => {
  for (const value of [undefined, null, 'ERR_INNER', 7]) expect(saysInner(value)).toBe(false);
});

it('ends where an error is its own cause', () => {
  const error = new Error('round');
  error.cause = error;
  expect(saysInner(error)).toBe(false);
});

it('keeps to itself what an error throws that is looked at', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(saysInner(proxy)).toBe(false);
  expect(saysInner(new Error('outer', { cause: proxy }))).toBe(false);
});

import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { CredentialError, errorCodes, isCredentialError } from './errors.js';

it('recognizes an error of another copy of the package by its brand', () => {
  const foreign = Object.assign(new Error('x'), {
    [Symbol.for('@keyturn/core/CredentialError')]: true,
  });
  expect(isCredentialError(foreign)).toBe(true);
  expect(isCredentialError(new CredentialError('ERR_EXEC_EXIT', 'x'))).toBe(true);
});

it.each([undefined, null, 'ERR_EXEC_EXIT', {}, new Error('x')])(
  'does not take %s for one',
  (value) => {
    expect(isCredentialError(value)).toBe(false);
  },
);

it('prints what is known and keeps what a stranger threw out of every print', () => {
  const original = new Error('sekret');
  const error = new CredentialError('ERR_SOURCE_FAILED', 'It failed.', { exitCode: 3, original });
  expect(error.original()).toBe(original);
  const printed = inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error);
  expect(printed).not.toContain('sekret');
  expect(printed).toContain('CredentialError: It failed.');
  expect(Object.keys(error)).toEqual(['code', 'exitCode']);
});

it('shows what it says of the next load, and nothing where it says nothing', () => {
  const error = new CredentialError('ERR_SOURCE_FAILED', 'x', { isFinal: true, retryAfterMs: 5 });
  expect(error).toMatchObject({ isFinal: true, retryAfterMs: 5 });
  const silent = new CredentialError('ERR_SOURCE_FAILED', 'x', { isFinal: false });
  expect(Object.keys(silent)).toEqual(['code']);
});

it('has a sentence for every code', () => {
  for (const [code, sentence] of Object.entries(errorCodes)) {
    expect(code).toMatch(/^ERR_[A-Z_]+$/);
    expect(sentence).toMatch(/^[A-Z].+\.$/);
  }
});

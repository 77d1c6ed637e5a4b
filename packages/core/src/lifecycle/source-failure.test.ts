import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CredentialError } from '../errors.js';
import { asCredentialError, describeGivingUp, nextLoadAfter } from './source-failure.js';

afterEach(() => vi.unstubAllEnvs());

const foreign = Object.assign(new Error('GET /?token=s3cret'), { code: 'E_VAULT' });
const patience = { isOver: true, unanswered: 5, restMs: 0 };

describe('what a source threw', () => {
  it('is named by its code alone, and by what the system said where it was the system', async () => {
    const { message } = asCredentialError(foreign, 'vault');
    expect(message).toMatch(/^Credential source "vault" failed with E_VAULT; "original\(\)"/);
    const error = await readFile('/no/such/token').catch((thrown: unknown) => thrown);
    expect(asCredentialError(error, 'file').message).toMatch(
      /^Credential source "file" failed with ENOENT, open "\/no\/such\/token"; /,
    );
  });

  it.each([undefined, '', 'http', 'keyturning', 'not-keyturn'])(
    'is no cause where NODE_DEBUG is %j',
    (value) => {
      vi.stubEnv('NODE_DEBUG', value);
      const error = asCredentialError(foreign, 'vault');
      expect(error.original()).toBe(foreign);
      expect('cause' in error).toBe(false);
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cret');
    },
  );

  it.each(['keyturn', 'http,keyturn', 'KEYTURN, tls'])(
    'is the cause where NODE_DEBUG is %j, also when the source is given up',
    (value) => {
      vi.stubEnv('NODE_DEBUG', value);
      const error = asCredentialError(foreign, 'vault');
      expect(error.cause).toBe(foreign);
      expect(inspect(error)).toContain('s3cret');
      expect(describeGivingUp(error, patience).cause).toBe(foreign);
      expect(JSON.stringify(error)).not.toContain('s3cret');
    },
  );
});

describe('what is read of the next load', () => {
  const errorWith = (fields: object): CredentialError =>
    Object.assign(new CredentialError('ERR_SOURCE_FAILED', 'x'), fields);

  it('is what the error says, also once it is given up', () => {
    const error = errorWith({ isFinal: true, retryAfterMs: 5 });
    expect(nextLoadAfter(error)).toEqual({ isFinal: true, retryAfterMs: 5 });
    const { message, ...details } = describeGivingUp(error, { ...patience, unanswered: 0 });
    expect(message).toBe('x The source is not asked again until "refresh()" is called.');
    expect(details).toMatchObject({ isFinal: true, retryAfterMs: 5 });
  });

  it.each([
    {},
    { isFinal: 'no', retryAfterMs: '5' },
    { isFinal: 1, retryAfterMs: -1 },
    {
      retryAfterMs: Number.NaN,
    },
    { retryAfterMs: 1n },
  ])('is nothing where it is made by hand: %o', (fields) => {
    expect(nextLoadAfter(errorWith(fields))).toEqual({ isFinal: false, retryAfterMs: 0 });
  });

  it('is read of no getter: such an error is wrapped', () => {
    const error = Object.defineProperty(errorWith({}), 'isFinal', { get: () => true });
    expect(asCredentialError(error, 's')).not.toBe(error);
  });
});

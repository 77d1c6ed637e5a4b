import { describe, expect, it } from 'vitest';
import type { Credential } from './contract.js';
import {
  authorizationOf,
  carriesHeadersOf,
  headersToAdd,
  isSetIn,
  otherHeadersOf,
} from './credential-headers.js';

const credentialWith = (parts: Pick<Credential, 'token' | 'headers'>): Credential => ({
  generation: 1,
  certificateGeneration: 1,
  ...parts,
});
const none = credentialWith({});
const plain = credentialWith({ token: 't' });
const keyed = credentialWith({ token: 't', headers: { 'X-API-Key': 'k' } });
const basic = credentialWith({ token: 't', headers: { AUTHORIZATION: 'Basic x', 'X-A': 'a' } });

describe('what a request carries of a credential', () => {
  it('is its token as a bearer, unless there is an authorization among its headers', () => {
    expect([none, plain, keyed, basic].map(authorizationOf)).toEqual([
      undefined,
      'Bearer t',
      'Bearer t',
      'Basic x',
    ]);
  });

  it('is every other header, by the name that its source spells', () => {
    expect(otherHeadersOf(keyed)).toEqual([{ name: 'X-API-Key', key: 'x-api-key', value: 'k' }]);
    expect(otherHeadersOf(basic).map(({ key }) => key)).toEqual(['x-a']);
  });

  it('is all of it, but for what the caller has set', () => {
    const added = (isSet: (key: string) => boolean) =>
      headersToAdd(keyed, isSet).map(({ name, value }) => [name, value]);
    expect(added(() => false)).toEqual([
      ['Authorization', 'Bearer t'],
      ['X-API-Key', 'k'],
    ]);
    expect(added((key) => key === 'authorization')).toEqual([['X-API-Key', 'k']]);
    expect(headersToAdd(none, () => false)).toEqual([]);
  });

  it('is read once, and costs nothing where there are no headers', () => {
    expect(otherHeadersOf(keyed)).toBe(otherHeadersOf(keyed));
    expect(otherHeadersOf(plain)).toBe(otherHeadersOf(none));
  });

  it('is nothing where the caller has set every header itself', () => {
    const setting =
      (...keys: string[]) =>
      (key: string) =>
        keys.includes(key);
    expect(carriesHeadersOf(plain, setting())).toBe(true);
    expect(carriesHeadersOf(plain, setting('authorization'))).toBe(false);
    expect(carriesHeadersOf(keyed, setting('authorization'))).toBe(true);
    expect(carriesHeadersOf(keyed, setting('authorization', 'x-api-key'))).toBe(false);
    expect(carriesHeadersOf(none, setting())).toBe(false);
  });

  it('is what the caller has not set in any letter case', () => {
    const isSet = isSetIn({ 'X-API-KEY': 'mine' });
    expect([isSet('x-api-key'), isSet('authorization')]).toEqual([true, false]);
    expect(isSetIn(undefined)('x-api-key')).toBe(false);
  });

  it('is what the caller has set to undefined, which nobody sends', () => {
    expect(isSetIn({ 'x-api-key': undefined })('x-api-key')).toBe(false);
    expect(isSetIn({ 'x-api-key': undefined, 'X-API-KEY': '' })('x-api-key')).toBe(true);
  });
});

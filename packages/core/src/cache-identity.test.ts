import { describe, expect, it } from 'vitest';
import { cacheIdentity } from './cache-identity.js';
import { createCredentialManager, staticSource } from './index.js';

const manager = () => createCredentialManager({ source: staticSource({ token: 'secret' }) });

describe('cacheIdentity', () => {
  it('is one for a manager and its generation, and says nothing about the token', async () => {
    const one = manager();
    await one.current();
    expect(cacheIdentity(one)).toBe(cacheIdentity(one, 1));
    expect(cacheIdentity(one)).toMatch(/^[\da-f-]{36}\.1$/);
  });

  it('is another for another manager, and for another generation', () => {
    const one = manager();
    expect(new Set([1, 2].map((generation) => cacheIdentity(one, generation))).size).toBe(2);
    expect(cacheIdentity(one, 1)).not.toBe(cacheIdentity(manager(), 1));
  });
});

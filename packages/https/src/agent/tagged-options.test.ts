import { createCredentialManager, staticSource } from '@keyturn/core';
import { expect, it } from 'vitest';
import { ClientIdentity } from './client-identity.js';
import { identityIn, nameOnce, tag } from './tagged-options.js';

const manager = createCredentialManager({ source: staticSource({ token: 'x' }) });
const identity = new ClientIdentity(await manager.current());

it('carries an identity along, also in copies', () => {
  expect(identityIn({ ...tag({ host: 'api.example' }, identity) })).toBe(identity);
});

it('forgets the identity of an earlier request with the same options', () => {
  const options = { host: 'api.example' };
  tag(options, identity);
  expect(identityIn(tag(options, undefined))).toBeUndefined();
});

it('copies options that cannot be changed', () => {
  expect(identityIn(tag(Object.freeze({ host: 'api.example' }), identity))).toBe(identity);
});

it('finds a name once', () => {
  const options = tag({ host: 'api.example' }, identity);
  expect(nameOnce(options, () => 'first')).toBe('first');
  expect(nameOnce({ ...options }, () => 'second')).toBe('first');
});

import { expect, it } from 'vitest';
import { checkManager } from './check-manager.js';
import { createCredentialManager, staticSource } from './index.js';

const source = staticSource({ token: 's3cret' });

it('takes a manager, ours or any other that does what one does', () => {
  const manager = createCredentialManager({ source });
  expect(() => checkManager('bindIt', manager)).not.toThrow();
  expect(() => checkManager('bindIt', { ...manager, current() {}, invalidate() {} })).not.toThrow();
});

it.each([
  ['a source', source, 'createCredentialManager({ source })'],
  ['a function', async () => ({ token: 's3cret' }), 'createCredentialManager({ source: '],
  ['a promise', Promise.resolve(source), 'Put "await" before it'],
  ['a lease', { manager: createCredentialManager({ source }) }, 'the "manager" of the lease'],
  ['a loaded kubeconfig', { source, server: 'https://x' }, 'The source is in it'],
  ['a client', Object.assign(() => {}, { request() {} }), 'the order of the arguments'],
  ['a token', 's3cret', 'not a string'],
  ['nothing', undefined, 'not undefined'],
  ['null', null, 'not null'],
])('says of %s what to do with it', (_, given, words) => {
  expect(() => checkManager('bindIt', given)).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      message: expect.stringMatching(/^bindIt takes a credential manager, not (?!.*s3cret)/),
    }),
  );
  expect(() => checkManager('bindIt', given)).toThrow(words);
});

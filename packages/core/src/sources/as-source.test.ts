import { expect, it } from 'vitest';
import type { LoadContext } from '../contract.js';
import { createCredentialManager, firstOf, staticSource } from '../index.js';
import { asSource } from './as-source.js';

const context: LoadContext = { reason: 'initial', signal: new AbortController().signal };

it('takes a source as it is', () => {
  const source = staticSource({ token: 't' });
  expect(asSource(source, 'It')).toBe(source);
});

it('makes a source of a function, which is told why it is asked', async () => {
  async function fromVault({ reason }: LoadContext) {
    return { token: reason };
  }
  const source = asSource(fromVault, 'It');
  expect(source.name).toBe('function fromVault');
  expect(await source.load(context)).toEqual({ token: 'initial' });
});

it('serves a manager, and the others of several sources', async () => {
  const manager = createCredentialManager({ source: async () => ({ token: 'of a function' }) });
  expect((await manager.current()).token).toBe('of a function');
  const several = firstOf(
    () => Promise.reject(new Error('none')),
    async () => ({ token: 'second' }),
  );
  expect(several.name).toBe('first of a function, a function');
  expect(await several.load(context)).toEqual({ token: 'second' });
});

it.each([
  ['a source', staticSource({ token: 's3cret' }), '({ source: theSource })'],
  ['a function', async () => ({ token: 's3cret' }), '({ source: theSource })'],
  ['a promise', Promise.resolve({}), '({ source: await theSource })'],
])('is told to stand in the options, where %s stands in their place', (_, given, words) => {
  expect(() => createCredentialManager(given as never)).toThrow(
    `createCredentialManager takes an object of options with a source in it. Write "createCredentialManager${words}".`,
  );
});

it('rejects where the function throws at once', async () => {
  const source = asSource(() => {
    throw new Error('at once');
  }, 'It');
  await expect(source.load(context)).rejects.toThrow('at once');
});

const loaded = staticSource({ token: 's3cret' });
it.each([
  ['a class', class Vault {}, 'with "new"'],
  ['a promise', Promise.resolve(loaded), 'put "await" before it'],
  ['a token', 's3cret', 'staticSource({ token })'],
  ['material', { token: 's3cret' }, 'put it into "staticSource"'],
  ['a loaded kubeconfig', { source: loaded }, 'give its "source"'],
  ['a manager', createCredentialManager({ source: loaded }), 'has a source already'],
  ['a source without a name', { load: async () => ({}) }, 'no "name"'],
  ['nothing', undefined, 'not undefined'],
])('says of %s what to do with it', (_, given, words) => {
  expect(() => asSource(given, 'Option "source"')).toThrow(
    expect.objectContaining({
      name: 'TypeError',
      message: expect.stringMatching(/^Option "source" must be a credential source(?!.*s3cret)/),
    }),
  );
  expect(() => asSource(given, 'Option "source"')).toThrow(words);
});

import { expect, it } from 'vitest';
import type { CredentialSource, LoadContext } from '../contract.js';
import { CredentialError } from '../errors.js';
import { firstOf } from './first-of.js';
import { staticSource } from './static-source.js';

const context: LoadContext = { reason: 'initial', signal: new AbortController().signal };
const failing = (name: string, error: unknown = new Error('sekret')): CredentialSource => ({
  name,
  load: () => Promise.reject(error),
});

it('gives the first answer, in the order of the sources', async () => {
  const source = firstOf(
    failing('file'),
    staticSource({ token: 'second' }),
    staticSource({ token: 'third' }),
  );
  expect(await source.load(context)).toEqual({ token: 'second' });
});

it('names every source and its code when all fail, and quotes none', async () => {
  const source = firstOf(
    failing('file'),
    failing('plugin', new CredentialError('ERR_EXEC_EXIT', 'x')),
  );
  await expect(source.load(context)).rejects.toMatchObject({
    code: 'ERR_SOURCES_EXHAUSTED',
    message:
      'No credential source could give a credential: "file" (ERR_SOURCE_FAILED), "plugin" (ERR_EXEC_EXIT).',
  });
});

it.each([
  ['is final where each is', [{ isFinal: true }, { isFinal: true, retryAfterMs: 9 }], [true]],
  ['is not where one is not', [{ isFinal: true }, {}], []],
  ['waits for the one that is busy', [{ isFinal: true }, { retryAfterMs: 9 }], [undefined, 9]],
  [
    'waits for the first of the busy ones',
    [{ retryAfterMs: 9 }, { retryAfterMs: 5 }],
    [undefined, 5],
  ],
  ['waits for none where one just failed', [{ retryAfterMs: 9 }, {}], []],
])('%s', async (_, failures, [isFinal, retryAfterMs]) => {
  const errors = failures.map((each) => new CredentialError('ERR_SOURCE_FAILED', 'x', each));
  const load = firstOf(...errors.map((error) => failing('s', error))).load(context);
  const error = await load.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'ERR_SOURCES_EXHAUSTED' });
  expect([(error as CredentialError).isFinal, (error as CredentialError).retryAfterMs]).toEqual([
    isFinal,
    retryAfterMs,
  ]);
});

it('asks no further source once the manager closes', async () => {
  const abort = new AbortController();
  const closing: CredentialSource = {
    name: 'closing',
    load: async () => {
      abort.abort(new Error('closed'));
      throw new Error('interrupted');
    },
  };
  const source = firstOf(closing, staticSource({ token: 'x' }));
  await expect(source.load({ ...context, signal: abort.signal })).rejects.toThrow('closed');
});

it('gives the state of a source back to that source alone', async () => {
  const asked: [string, string | undefined][] = [];
  const asking = (name: string, succeeds: boolean): CredentialSource => ({
    name,
    load: async ({ state }) => {
      asked.push([name, state]);
      if (!succeeds) throw new Error('no');
      return { token: 't', state: `of ${name}` };
    },
  });
  const source = firstOf(asking('one', false), asking('two', true));
  const { state } = await source.load(context);
  await source.load({ ...context, state });
  expect(asked).toEqual([
    ['one', undefined],
    ['two', undefined],
    ['one', undefined],
    ['two', 'of two'],
  ]);
});

it('gives the headers that a source with a state gives', async () => {
  const headers = { 'X-API-Key': 'k' };
  const keyed = { name: 'keyed', load: async () => ({ headers, state: 's' }) };
  expect(await firstOf(keyed).load(context)).toMatchObject({ headers });
});

it('would ask a person if one of its sources would', () => {
  const asking = { ...staticSource({ token: 'x' }), isInteractive: () => true };
  expect(firstOf(staticSource({ token: 'x' })).isInteractive?.()).toBe(false);
  expect(firstOf(staticSource({ token: 'x' }), asking).isInteractive?.()).toBe(true);
});

it('needs at least one source', () => {
  expect(() => firstOf()).toThrow(TypeError);
});

import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { systemErrorIn } from './system-error.js';

const thrownBy = (attempt: () => Promise<unknown>): Promise<unknown> =>
  attempt().then(
    () => undefined,
    (error: unknown) => error,
  );

it('finds what was tried, and with which file', async () => {
  const error = await thrownBy(() => open('/no/such/token'));
  expect(systemErrorIn(error)).toEqual({ code: 'ENOENT', attempt: 'open "/no/such/token"' });
});

it('finds the address of a server that is not there, also below what fetch throws', async () => {
  const error = await thrownBy(() => fetch('http://127.0.0.1:1/s3cret?token=s3cret'));
  // Some ports are refused by fetch itself, with no system behind it.
  expect(systemErrorIn(error)).toBeUndefined();
  const refused = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve));
  const found = { code: 'ECONNREFUSED', attempt: 'connect 127.0.0.1:1' };
  expect(systemErrorIn(refused)).toEqual(found);
  expect(systemErrorIn(new TypeError('fetch failed', { cause: refused }))).toEqual(found);
  const several = new AggregateError([refused]);
  expect(systemErrorIn(new TypeError('fetch failed', { cause: several }))).toEqual(found);
});

const system = { code: 'EACCES', errno: -13, syscall: 'open' };
it.each([
  ['no error', 's3cret'],
  ['nothing', undefined],
  ['an error of a library', Object.assign(new Error('s3cret'), { code: 'E_S3CRET' })],
  ['a code that is none', { ...system, code: 's3cret' }],
  ['a call that is none', { ...system, syscall: 's3cret s3cret' }],
  ['no number', { ...system, errno: 's3cret' }],
  ['a getter', Object.defineProperty({ ...system }, 'code', { get: () => 'EACCES' })],
  [
    'a proxy that throws',
    new Proxy(system, {
      getOwnPropertyDescriptor: () => {
        throw new Error('s3cret');
      },
    }),
  ],
])('finds nothing in %s', (_, thrown) => {
  expect(systemErrorIn(thrown)).toBeUndefined();
});

it('says what was tried where neither file nor address is known, and shows escapes as text', () => {
  expect(systemErrorIn(system)).toEqual({ code: 'EACCES', attempt: 'open' });
  expect(systemErrorIn({ ...system, path: 'a\u001bb' })?.attempt).toBe('open "aU+001Bb"');
  expect(systemErrorIn({ ...system, hostname: 'vault.example' })?.attempt).toBe(
    'open vault.example',
  );
});

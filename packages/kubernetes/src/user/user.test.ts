import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fields } from '../document/fields.js';
import { readUser } from './user.js';

const directory = path.resolve('/home/me');
const read = (values: object) =>
  readUser(Fields.of(values, { file: '"f"', directory, entry: 'user "u"', context: 'c' }));
const exec = { command: 'aws', apiVersion: 'client.authentication.k8s.io/v1beta1' };
const pem = Buffer.from('-----BEGIN X-----').toString('base64');

describe('readUser', () => {
  it('takes the plugin where there is nothing else', () => {
    expect(read({ exec })).toMatchObject({ kind: 'exec', exec: { command: 'aws' } });
    expect(read({ exec, token: '', tokenFile: null, 'client-key': 'k' })).toMatchObject({
      kind: 'exec',
    });
  });

  it.each([
    ['a token', 'token', { token: 't' }, { token: 't' }],
    ['a token file', 'tokenFile', { tokenFile: 'x' }, { tokenFile: path.join(directory, 'x') }],
    ['a name', 'username', { username: 'me' }, {}],
    [
      'a client certificate with its key',
      'client-certificate',
      { 'client-certificate': 'c.pem', 'client-key-data': pem },
      {
        pair: {
          certificate: { field: 'client-certificate', file: path.join(directory, 'c.pem') },
          privateKey: { field: 'client-key-data', text: '-----BEGIN X-----' },
        },
      },
    ],
  ])('prefers %s to the plugin, and says so', (_, because, values, held) => {
    const passedOver = { command: 'aws', because };
    expect(read({ exec, ...values })).toMatchObject({ kind: 'held', held, passedOver });
  });

  it('takes token and certificate together', () => {
    const user = read({ token: 't', 'client-certificate-data': pem, 'client-key-data': pem });
    expect(user).toMatchObject({ held: { token: 't', pair: expect.anything() } });
  });

  it.each([
    [
      'no credential',
      {},
      'Field "exec" of user "u" in "f" (context "c") is missing, and so is every other',
    ],
    [
      'a certificate without a key',
      { token: 't', 'client-certificate': 'c' },
      'Field "client-key" of',
    ],
    ['a key alone', { 'client-key': 'k' }, 'is missing beside the client key'],
    [
      'a certificate twice',
      { 'client-certificate': 'c', 'client-certificate-data': pem },
      'cannot stand beside',
    ],
    [
      'a key twice',
      { 'client-certificate': 'c', 'client-key': 'k', 'client-key-data': pem },
      'cannot stand beside',
    ],
    ['a token with a line break', { token: 's3cret\n' }, 'Field "token" of'],
    ['a number as a token', { token: 123 }, 'must be a string, not a number'],
    [
      'a broken plugin stanza, even where it is not used',
      { token: 't', exec: {} },
      '"exec.command"',
    ],
  ])('refuses %s', (_, values, words) => {
    expect(() => read(values)).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_FIELD',
        message: expect.toSatisfy(
          (text: string) => text.includes(words) && !text.includes('s3cret'),
        ),
      }),
    );
  });

  it.each(
    ['', null, [], {}].flatMap((nothing) =>
      ['as', 'as-uid', 'as-groups', 'as-user-extra'].map((name) => ({ [name]: nothing })),
    ),
  )('takes %j for no impersonation', (values) => {
    expect(read({ token: 't', ...values })).toMatchObject({ held: { token: 't' } });
  });

  it.each([
    [{ as: 'admin' }, { 'Impersonate-User': 'admin' }],
    [
      { as: 'admin', 'as-uid': '5', 'as-groups': ['ops'] },
      { 'Impersonate-User': 'admin', 'Impersonate-Uid': '5', 'Impersonate-Group': 'ops' },
    ],
    [
      { as: 'admin', 'as-user-extra': { 'example.org/über %': ['x'], none: [] } },
      { 'Impersonate-User': 'admin', 'Impersonate-Extra-example.org%2F%C3%BCber%20%25': 'x' },
    ],
  ])('acts as %j, with a token and with a plugin', (values, headers) => {
    expect(read({ token: 't', ...values })).toMatchObject({ kind: 'held', headers });
    expect(read({ exec, ...values })).toMatchObject({ kind: 'exec', headers });
  });

  it.each([
    [{ username: 'me', password: 'pässword' }, 'me:pässword'],
    [{ username: 'me' }, 'me:'],
  ])('sends %j in place of running the plugin', (values, plain) => {
    const Authorization = `Basic ${Buffer.from(plain).toString('base64')}`;
    expect(read({ exec, ...values })).toMatchObject({ kind: 'held', headers: { Authorization } });
  });

  it.each([
    ['UNSUPPORTED', { token: 't', 'auth-provider': {} }],
    ['UNSUPPORTED', { token: 't', as: 'me', 'as-groups': ['s3cret', 'other'] }],
    ['FIELD', { token: 't', as: 'me', 'as-groups': [''] }],
    ['FIELD', { token: 't', as: 'me', 'as-user-extra': { reason: [''] } }],
    ['UNSUPPORTED', { token: 't', as: 'me', 'as-user-extra': { scopes: ['s3cret', 'x'] } }],
    ['FIELD', { token: 't', username: 's3cret' }],
    ['FIELD', { password: 's3cret' }],
    ['UNSUPPORTED', { token: 't', 'as-groups': ['s3cret'] }],
    ['FIELD', { token: 't', as: 'me', 'as-user-extra': { scopes: ['s3cret\n'] } }],
  ])('refuses with %s what would act with other rights: %j', (code, values) => {
    expect(() => read(values)).toThrow(
      expect.objectContaining({
        code: `ERR_KUBECONFIG_${code}`,
        message: expect.not.stringContaining('s3cret'),
      }),
    );
  });
});

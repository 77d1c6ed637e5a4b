import { generateKeyPairSync } from 'node:crypto';
import type { CredentialMaterial } from '@keyturn/core';
import { describe, expect, it } from 'vitest';
import { answer, authority, failureOf, manage, pretend, v1, v1beta1 } from './plugin-stage.js';

/** What a manager makes of an output. */
async function read(stdout: string | Uint8Array): Promise<CredentialMaterial> {
  const { token, clientCertificate, expiresAt } = await manage({
    source: pretend({}, { stdout }).source,
  }).current();
  return { token, clientCertificate, expiresAt };
}

/** Code and message of the failure that an output leads to. */
async function problemOf(stdout: string | Uint8Array): Promise<string> {
  const { code, message } = await failureOf(read(stdout));
  return `${code} ${message}`;
}

const object = (fields: object): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion: v1, status: { token: 't' }, ...fields });
const good = object({});
const yaml = `kind: ExecCredential\napiVersion: ${v1}\nstatus:\n  token: t\n`;

it.each([
  ['JSON', good],
  [
    'JSON over several lines, with space around',
    `\n  ${JSON.stringify(JSON.parse(good), null, 2)}\n\n`,
  ],
  ['JSON behind a byte order mark', `\ufeff${good}`],
  ['JSON behind a comment', `# made by hand\n${good}`],
  ['YAML', yaml],
  ['YAML behind a marker', `---\n${yaml}`],
  ['YAML before another document', `${yaml}---\nnothing: here\n`],
])('B78 reads %s', async (_, stdout) => {
  expect((await read(stdout)).token).toBe('t');
});

it.each([
  ['nothing', ''],
  ['white space', ' \n'],
  ['null', 'null'],
  ['text', 'Please log in.'],
  ['a JSON string', '"x"'],
  ['an array', `[${good}]`],
  ['half an object', good.slice(0, -2)],
  ['an object and text', `${good} x`],
  ['two objects', `${good}\n${good}`],
  ['text and an object', `Logged in.\n${good}`],
  ['the start of protobuf', Buffer.from('k8s\0')],
])('B78 cannot read %s', async (_, stdout) => {
  expect(await problemOf(stdout)).toMatch(/^ERR_EXEC_OUTPUT .*decoding stdout: /);
});

describe('fields', () => {
  it.each([
    ['unknown ones', object({ more: 1, status: { token: 't', more: {} }, spec: { more: [] } })],
    ['a kind in another letter case', good.replace('kind', 'KIND')],
    ['an apiVersion in another letter case', good.replace('apiVersion', 'APIVersion')],
    ['the last of two in YAML', yaml.replace('  token', '  token: first\n  token')],
    ['the last of two', good.replace('"token":"t"', '"token":"first","token":"t"')],
  ])('B79 takes %s', async (_, stdout) => {
    expect((await read(stdout)).token).toBe('t');
  });

  it.each([
    ['Status', object({ status: undefined, Status: { token: 't' } }), 'a status field'],
    ['Token', answer({ Token: 't' }), 'a token or cert/key pair'],
  ])('B79 does not know %s', async (_, stdout, words) => {
    expect(await problemOf(stdout)).toContain(`didn't return ${words}`);
  });

  it.each([
    ['status', object({ status: 'x' })],
    ['spec', object({ spec: 'x' })],
    ['token', answer({ token: 123 })],
    ['token in YAML', yaml.replace('token: t', 'token: 123')],
    ['kind', object({ kind: 1 })],
  ])('B79 refuses a %s of a wrong type', async (_, stdout) => {
    expect(await problemOf(stdout)).toContain('decoding stdout');
  });
});

describe('kind and version', () => {
  it.each([
    ['no kind', object({ kind: undefined })],
    ['a kind of null', object({ kind: null })],
  ])('B80 takes %s', async (_, stdout) => {
    expect((await read(stdout)).token).toBe('t');
  });

  it.each([
    ['no apiVersion', object({ apiVersion: undefined }), 'ERR_EXEC_VERSION'],
    ['an empty apiVersion', object({ apiVersion: '' }), 'ERR_EXEC_VERSION'],
    ['nothing at all', '{}', 'ERR_EXEC_VERSION'],
    ['another group', object({ apiVersion: 'v1' }), 'ERR_EXEC_OUTPUT'],
    ['another kind', object({ kind: 'execcredential' }), 'ERR_EXEC_OUTPUT'],
    ['a Status', object({ kind: 'Status', apiVersion: 'v1' }), 'ERR_EXEC_OUTPUT'],
    ['too many slashes', object({ apiVersion: 'a/b/c' }), 'ERR_EXEC_OUTPUT'],
  ])('B80 refuses %s', async (_, stdout, code) => {
    expect(await problemOf(stdout)).toMatch(new RegExp(`^${code} `));
  });

  it('B81 names both versions where they differ', async () => {
    expect(await problemOf(answer({ token: 't' }, v1beta1))).toContain(
      `exec plugin is configured to use API version ${v1}, plugin returned version ${v1beta1}`,
    );
  });
});

it.each([[object({ status: undefined })], [object({ status: null })]])(
  'B82 asks for a status: %s',
  async (stdout) => {
    expect(await problemOf(stdout)).toMatch(
      /^ERR_EXEC_OUTPUT .*exec plugin didn't return a status field/,
    );
  },
);

it.each([[{}], [{ token: '' }], [{ token: null, clientKeyData: '' }]])(
  'B83 asks for a token or a pair: %j',
  async (status) => {
    expect(await problemOf(answer(status))).toMatch(
      /^ERR_CREDENTIAL_EMPTY .*exec plugin didn't return a token or cert\/key pair/,
    );
  },
);

it.each([
  [{ clientCertificateData: 'x' }],
  [{ clientKeyData: 'x' }],
  [{ token: 't', clientKeyData: 'x' }],
])('B84 refuses half a pair, beside a token too: %j', async (status) => {
  expect(await problemOf(answer(status))).toMatch(
    /^ERR_CREDENTIAL_CERTIFICATE .*exec plugin returned only certificate or key, not both/,
  );
});

describe('a certificate and its key', async () => {
  const { certificate, privateKey } = await (await authority()).issueClientCertificate();
  const other = await (await authority()).issueClientCertificate();
  const old = await (await authority()).issueClientCertificate({ notAfter: Date.now() - 60_000 });
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  const pairOf = (clientCertificateData: string, clientKeyData: string): string =>
    answer({ clientCertificateData, clientKeyData });

  it.each([
    ['with lines ended as on Windows', certificate.replaceAll('\n', '\r\n'), privateKey],
    ['with text around', `subject\n${certificate}issuer\n`, `key\n${privateKey}`],
    ['in one text', certificate + privateKey, certificate + privateKey],
    ['with a chain behind it', certificate + other.certificate, privateKey],
    ['twice', certificate + certificate, privateKey],
    ['that has expired', old.certificate, old.privateKey],
  ])('B85 are taken %s', async (_, cert, key) => {
    expect((await read(pairOf(cert, key))).clientCertificate?.privateKey).toBe(key);
  });

  it.each([
    ['of another certificate', certificate, other.privateKey, 'ERR_CREDENTIAL_KEY_MISMATCH'],
    ['of another type', certificate, rsa, 'ERR_CREDENTIAL_KEY_MISMATCH'],
    ['behind a chain', other.certificate + certificate, privateKey, 'ERR_CREDENTIAL_KEY_MISMATCH'],
    ['in its place', privateKey, certificate, 'swapped'],
    ['as base64', btoa(certificate), privateKey, 'ERR_CREDENTIAL_CERTIFICATE'],
    ['that is none', certificate, 'foo', 'not a PEM private key'],
  ])('B85 are refused with a key %s', async (_, cert, key, words) => {
    expect(await problemOf(pairOf(cert, key))).toContain(words);
  });
});

describe('an expiry', () => {
  const expiryOf = async (expirationTimestamp: unknown): Promise<number | undefined> =>
    (await read(answer({ token: 't', expirationTimestamp }))).expiresAt;

  it.each([
    ['2006-01-02T15:04:05Z', Date.UTC(2006, 0, 2, 15, 4, 5)],
    ['2006-01-02T15:04:05.123456789Z', Date.UTC(2006, 0, 2, 15, 4, 5, 123)],
    ['2006-01-02T15:04:05,5Z', Date.UTC(2006, 0, 2, 15, 4, 5, 500)],
    ['2006-01-02T15:04:05+05:30', Date.UTC(2006, 0, 2, 9, 34, 5)],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['0001-01-01T00:00:00Z', undefined],
    [null, undefined],
  ])('B86 reads %s', async (text, expected) => {
    expect(await expiryOf(text)).toBe(expected);
  });

  it.each([
    ...['2006-01-02T15:04:05', '2006-01-02', '2006-01-02 15:04:05Z', '2006-01-02t15:04:05Z'],
    ...['2006-01-02T15:04:05z', '2006-01-02T15:04:05+0530', '2006-1-2T15:04:05Z', ''],
    ...['2006-01-02T24:00:00Z', '2006-01-02T15:04:60Z', '2006-02-30T15:04:05Z', 1_136_214_245],
  ])('B86 refuses %s', async (text) => {
    expect((await failureOf(expiryOf(text))).code).toBe('ERR_CREDENTIAL_EXPIRY');
  });
});

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CredentialError } from '../errors.js';
import { decodeExecCredential } from './exec-credential.js';

const v1 = 'client.authentication.k8s.io/v1';
const planted = 'planted-token-7f3a9c';

const decode = (output: string | Uint8Array, apiVersion: typeof v1 = v1) =>
  decodeExecCredential(Buffer.from(output), apiVersion);

const answer = (fields: object): string =>
  JSON.stringify({ kind: 'ExecCredential', apiVersion: v1, status: { token: planted }, ...fields });

const yaml = (status: string): string => `apiVersion: ${v1}\nstatus: ${status}\n`;

async function failure(output: string | Uint8Array): Promise<CredentialError> {
  const error: unknown = await decode(output).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CredentialError);
  expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('planted');
  return error as CredentialError;
}

describe('an ExecCredential', () => {
  it('gives token, certificate and expiry', async () => {
    const status = {
      token: 't',
      clientCertificateData: 'c',
      clientKeyData: 'k',
      expirationTimestamp: '2006-01-02T15:04:05Z',
    };
    expect(await decode(answer({ status }))).toEqual({
      token: 't',
      clientCertificate: { certificate: 'c', privateKey: 'k' },
      expiresAt: Date.UTC(2006, 0, 2, 15, 4, 5),
    });
  });

  it.each([
    ['white space around it', `\n\t  ${answer({})}\n\n`],
    ['a byte order mark', `\ufeff${answer({})}`],
    ['a byte order mark, which makes it YAML', `\ufeff${answer({})}\n# comment`],
    ['a comment before it', `# made by hand\n${answer({})}`],
    ['a YAML marker before it', `---\n${answer({})}`],
    ['no kind', answer({ kind: undefined })],
    ['a null kind', answer({ kind: null })],
    ['kind and version in other letters', answer({ apiVersion: undefined, APIVersion: v1 })],
    ['unknown fields', answer({ x: 1, status: { token: planted, y: 1 } })],
    ['the empty spec that aws prints', answer({ spec: {} })],
    ['a spec with a cluster', answer({ spec: { cluster: { server: '', config: 5 } } })],
    ['a token named twice', answer({}).replace('"token"', '"token":"first","token"')],
    ['UTF-16, little endian', Buffer.from(`\ufeff${answer({})}`, 'utf16le')],
    ['UTF-16, big endian', Buffer.from(`\ufeff${answer({})}`, 'utf16le').swap16()],
    ['two byte order marks', `\ufeff\ufeff${answer({})}`],
    ['YAML', yaml(`\n  token: ${planted}`)],
    ['YAML before another document', `${yaml(`{token: ${planted}}`)}---\nfoo: [`],
    ['YAML with a key named twice', yaml(`{token: a, token: ${planted}}`)],
  ])('may come with %s', async (_, output) => {
    expect(await decode(output)).toEqual({ token: planted });
  });

  it.each([
    ['null', null],
    ['absent', undefined],
    ['the zero time', '0001-01-01T00:00:00Z'],
  ])('with an expiry that is %s has none', async (_, expirationTimestamp) => {
    const output = answer({ status: { token: 't', expirationTimestamp } });
    expect(await decode(output)).toEqual({ token: 't' });
  });

  it('in YAML may have an expiry without quotes', async () => {
    const output = yaml('{token: t, expirationTimestamp: 2006-01-02T15:04:05Z}');
    expect(await decode(output)).toMatchObject({ expiresAt: Date.UTC(2006, 0, 2, 15, 4, 5) });
  });

  it.each([
    ['1:30', '1:30'],
    ['2006-01-02', '2006-01-02'],
    ['!!str 123', '123'],
    ['"a\\nb"', 'a\nb'],
  ])('in YAML takes the token %s for text', async (written, token) => {
    expect(await decode(yaml(`{token: ${written}}`))).toEqual({ token });
  });

  it('is read in every version', async () => {
    for (const version of ['v1', 'v1beta1', 'v1alpha1'] as const) {
      const apiVersion = `client.authentication.k8s.io/${version}` as const;
      const decoded = decodeExecCredential(Buffer.from(answer({ apiVersion })), apiVersion);
      expect(await decoded).toEqual({ token: planted });
    }
  });

  it('replaces bytes that are not UTF-8', async () => {
    const [before = '', after = ''] = answer({}).split(planted);
    const output = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
    expect(await decode(output)).toEqual({ token: '\ufffd' });
  });
});

describe('an output that is no ExecCredential', () => {
  it.each([
    ['', 'printed nothing'],
    [' \n\t', 'printed nothing'],
    ['null', 'empty document'],
    ['# only a comment', 'empty document'],
    [planted, 'printed plain text'],
    [`"${planted}"`, 'printed plain text'],
    [`["${planted}"]`, 'printed a list'],
    [`[${answer({})}]`, 'printed a list'],
    [`Logged in.\n${answer({})}`, 'printed 11 bytes of text before the JSON'],
    [`Logged in: yes\n${answer({})}`, 'printed 15 bytes of text before the JSON'],
    [`\u001b[32mWelcome!\u001b[0m\n${answer({})}\n`, 'printed 18 bytes of text before the JSON'],
    [`{planted}`, 'not valid JSON'],
    [`Your token: is: ${planted}`, 'no JSON, and is not valid YAML at line 1, column'],
    ['a: *nowhere', 'has an alias at line 1, column'],
    [answer({}).slice(0, -3), 'JSON that breaks off before its end'],
    [`${answer({})}x`, 'printed 1 byte of text after the JSON'],
    [`${answer({})}\nLogged in.`, 'printed 10 bytes of text after the JSON'],
    [answer({}) + answer({}), 'more than one JSON object'],
    [`\u00a0${answer({})}`, 'not valid JSON'],
    [`<!DOCTYPE html>\n<html><body>${planted}`, 'printed an HTML page'],
    ['<?xml version="1.0"?><a/>', 'printed XML'],
    [Buffer.from(answer({}), 'utf16le'), 'printed UTF-16 without a byte order mark'],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), 'printed binary data'],
    [Buffer.alloc(10, 0xff), 'printed binary data'],
    [answer({ kind: 5 }), '"kind" is not a string'],
    [answer({ apiVersion: 5 }), '"apiVersion" is not a string'],
    [answer({ apiVersion: 'a/b/c' }), 'more than one slash'],
    [answer({ kind: 'execcredential' }), 'a kind other than ExecCredential'],
    [answer({ kind: 'Status', apiVersion: 'v1' }), 'another API group'],
    [answer({ apiVersion: 'client.authentication.k8s.io' }), 'another API group'],
    [answer({ status: undefined }), "didn't return a status field"],
    [answer({ status: null }), "didn't return a status field"],
    [answer({ status: undefined, Status: { token: planted } }), "didn't return a status field"],
    [answer({ status: [] }), '"status" is not an object'],
    [answer({ status: planted }), '"status" is not an object'],
    [answer({ status: { token: 5 } }), '"status.token" is not a string'],
    [answer({ status: { token: planted, clientKeyData: {} } }), 'clientKeyData" is not a string'],
    [answer({ spec: planted }), '"spec" is not an object'],
    [answer({ spec: { interactive: planted } }), '"interactive" in the "spec" is not a boolean'],
    [answer({ spec: { cluster: planted } }), '"spec.cluster" is not an object'],
    [answer({ spec: { cluster: { server: 5 } } }), '"server" in the "spec" is not a string'],
    [answer({ spec: { cluster: { 'certificate-authority-data': planted } } }), 'not base64'],
    [yaml('{token: 123}'), '"status.token" is not a string'],
    [yaml('{token: yes}'), '"status.token" is not a string'],
    [yaml('{token: 0o17}'), '"status.token" is not a string'],
  ])('is told from one: %j', async (output, words) => {
    const error = await failure(output);
    expect(error.code).toBe('ERR_EXEC_OUTPUT');
    expect(error.message).toContain(words);
  });

  it.each([
    ['deep JSON', '{"a":'.repeat(1_000), 'nests deeper than 100 levels'],
    ['a million brackets', `{"a":${'['.repeat(1_000_000)}`, 'nests deeper than 100 levels'],
    ['deep YAML', '['.repeat(1_000), 'nests deeper than 200 levels'],
    ['YAML deep in lists', '- '.repeat(1_000), 'nests deeper than 200 levels'],
    ['wide JSON', `{"a":[${'0,'.repeat(10_000)}0]}`, '20009 bytes that are far more'],
    ['wide YAML', '- a\n'.repeat(10_000), '40000 bytes that are far more than one ExecCredential'],
    ['one word', 'x'.repeat(1_000_000), '1000000 bytes that are far more'],
    [
      'much after a greeting',
      `Hi!\n${answer({ a: Array(9_000).fill(1) })}`,
      'printed 4 bytes of text before',
    ],
  ])('is judged before a reader sees it: %s', async (_, output, words) => {
    for (const _time of [1, 2, 3]) {
      const error = await failure(output);
      expect(error.code).toBe('ERR_EXEC_OUTPUT');
      expect(error.message).toContain(words);
    }
  });

  it.each([
    ['client.authentication.k8s.io/v1beta1', 'version client.authentication.k8s.io/v1beta1'],
    ['client.authentication.k8s.io/v2', 'version client.authentication.k8s.io/v2'],
    [`client.authentication.k8s.io/${planted}`, 'an unknown version'],
    ['client.authentication.k8s.io/', 'no version'],
    [undefined, 'no version'],
  ])('names both versions where they differ: %s', async (apiVersion, returned) => {
    const error = await failure(answer({ apiVersion }));
    expect(error.code).toBe('ERR_EXEC_VERSION');
    expect(error.message).toContain(
      `exec plugin is configured to use API version ${v1}, plugin returned ${returned}.`,
    );
  });

  it.each([{}, { token: null }, { token: '' }, { Token: planted }])(
    'may be one without a credential: %j',
    async (status) => {
      const error = await failure(answer({ status }));
      expect(error.code).toBe('ERR_CREDENTIAL_EMPTY');
      expect(error.message).toContain("exec plugin didn't return a token or cert/key pair");
    },
  );

  it.each([
    { clientCertificateData: planted },
    { clientKeyData: planted },
    { token: planted, clientCertificateData: planted, clientKeyData: '' },
  ])('may be one with half a pair: %j', async (status) => {
    const error = await failure(answer({ status }));
    expect(error.code).toBe('ERR_CREDENTIAL_CERTIFICATE');
    expect(error.message).toContain('exec plugin returned only certificate or key, not both');
  });

  it.each([5, '', planted, 'tomorrow', {}])(
    'may be one whose expiry is no timestamp: %j',
    async (expirationTimestamp) => {
      const error = await failure(answer({ status: { token: planted, expirationTimestamp } }));
      expect(error.code).toBe('ERR_CREDENTIAL_EXPIRY');
    },
  );
});

/** What the programs print whose formats are known, as their own documentation shows it. */
import { type CredentialMaterial, isCredentialError } from '@keyturn/core';
import {
  type CommandRun,
  readAzureToken,
  readBazelCredentials,
  readGcloudToken,
  readJwt,
  readToken,
  readVaultToken,
} from '@keyturn/core/exec';
import { describe, expect, it, vi } from 'vitest';

const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);
const run = { startedAt };
const base64url = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text).toString('base64url');
};
const jwt = (payload: unknown, header: unknown = { alg: 'RS256', typ: 'JWT' }): string =>
  `${base64url(header)}.${base64url(payload)}.c2lnbmF0dXJl`;

type Reader = (stdout: string, run: CommandRun) => CredentialMaterial;

/** What a reader says about something that it does not take; never a word of it. */
function refusalOf(read: Reader, stdout: string): { code: string; message: string } {
  try {
    read(stdout, run);
  } catch (error) {
    if (!isCredentialError(error)) throw error;
    expect(error.message).not.toContain('s3cret');
    expect(error.message).toMatch(/^it printed .+\. \S.+\.$/);
    return error;
  }
  throw new Error('It was read.');
}

describe('a bare token', () => {
  it.each([
    ['as gh prints it', 'gho_16C7e42F292c6912E7710c838347Ae178B4a\n'],
    ['as a helper of Vault prints it, without a line break', 'hvs.CAESIJlWh'],
    ['in a line of Windows', 'ya29.c.Elr\r\n'],
    ['with a mark of UTF-8 before it', '\ufeffglpat-x_y'],
    ['of another alphabet than base64', '17|mcKyv!~'],
    ['of JSON in base64', base64url({ k: 's', n: 'grafana', id: 1 })],
    ['of JSON that somebody else has signed', `${base64url({ user: 1 })}.YFe1qQ.aHR0`],
    ['that is an encrypted JWT', `${base64url({ alg: 'dir', enc: 'A256GCM' })}..aXY.Y3Q.dGFn`],
  ])('is read %s, and serves until a server refuses it', (_, stdout) => {
    expect(readToken(stdout)).toEqual({ token: stdout.replace('\ufeff', '').trim() });
  });

  it.each([
    ['nothing', '', 'nothing'],
    ['blanks', ' \n\n', 'nothing'],
    ['two lines', 'Signed in.\ns3cret\n', '2 lines'],
    ['a token in two lines', 's3cret\rmore', '2 lines'],
    ['a sentence', 'ERROR: no s3cret account', 'several words'],
    ['a page', '<!DOCTYPE html>\n<html>s3cret</html>', 'an HTML page'],
    [
      'a page, headers first',
      'HTTP/1.1 302 Found\nLocation: /s3cret',
      'an answer of an HTTP server',
    ],
    ['a key', '-----BEGIN PRIVATE KEY-----\ns3cret', 'PEM text'],
    ['binary data', '\u007fELF\u0002\u0001\u0001\0\0\0s3cret', 'binary data'],
    ['bytes that are no text', '\ufffd\ufffd\ufffd\ufffds3cret', 'binary data'],
    ['JSON', '{"accessToken": "s3cret"}', 'JSON and no bare token'],
    ['JSON of many lines', '[\n"s3cret"\n]', 'JSON and no bare token'],
    ['a JSON text', '"s3cret"', 'a token in quotes'],
    ['a shell text', "'s3cret'", 'a token in quotes'],
    ['a header', 'Bearer s3cret', 'the word "Bearer"'],
    ['colours', '\u001b[32ms3cret-and-more\u001b[0m', 'a character that cannot stand'],
    ['an umlaut', 's3cretü', 'a character that cannot stand'],
    ['a megabyte', 's3cret'.repeat(170_000), 'far more than a token'],
  ])('is not %s', (_, stdout, words) => {
    const { code, message } = refusalOf(readToken, stdout);
    expect(code).toBe('ERR_EXEC_OUTPUT');
    expect(message).toContain(words);
  });
});

describe('a JWT', () => {
  it('expires when it says', () => {
    const token = jwt({ exp: 1_767_323_045.5, sub: 's' });
    expect(readToken(`${token}\n`)).toEqual({ token, expiresAt: 1_767_323_045_500 });
    expect(readJwt(token)).toEqual({ token, expiresAt: 1_767_323_045_500 });
  });

  it.each([{}, { exp: null }])('with %j serves until a server refuses it', (payload) => {
    expect(readToken(jwt(payload))).toEqual({ token: jwt(payload) });
    expect(readJwt(jwt(payload))).toEqual({ token: jwt(payload) });
  });

  it.each([
    ['whose header breaks off', `${base64url('{"alg":"RS256"')}.${base64url({})}.s3cret`],
    ['whose payload is cut', `${base64url({ alg: 'RS256' })}.${base64url('{"exp":17')}.s3cret`],
    ['without a payload', `${base64url({ alg: 'RS256' })}..s3cret`],
    ['whose payload is no base64url', `${base64url({ alg: 'RS256' })}.s3cret+/=.x`],
    ['whose payload is a list', jwt(['s3cret'])],
    ['that is nested without end', jwt(`{"a":${'['.repeat(20_000)}`)],
  ])('%s is none', (_, token) => {
    const { code, message } = refusalOf(readToken, token);
    expect(code).toBe('ERR_EXEC_OUTPUT');
    expect(message).toContain('begins as a JWT and cannot be read as one');
  });

  it.each(['"1767323045"', 'true', '{}'])('with the expiry %s is refused', (exp) => {
    expect(refusalOf(readToken, jwt(`{"exp":${exp}}`)).code).toBe('ERR_CREDENTIAL_EXPIRY');
  });

  it('has to be one where only that will do', () => {
    for (const token of ['s3cret', 'a.s3cret.c', `${base64url({ user: 's3cret' })}.YFe1qQ.x`]) {
      expect(refusalOf(readJwt, token).message).toContain('a token that is no JWT');
    }
  });

  it('gets no expiry from Object.prototype', () => {
    const prototype = Object.prototype as { exp?: number };
    prototype.exp = 5;
    try {
      expect(readToken(jwt({}))).toEqual({ token: jwt({}) });
    } finally {
      delete prototype.exp;
    }
  });
});

describe('az account get-access-token', () => {
  const answer = (fields: object): string =>
    JSON.stringify(
      { accessToken: 'a-token', subscription: 's', tenant: 't', tokenType: 'Bearer', ...fields },
      null,
      2,
    );

  it('expires by its POSIX time, whatever the local one says', () => {
    const stdout = answer({ expiresOn: '2023-10-31 21:59:10.000000', expires_on: 1_698_760_750 });
    expect(readAzureToken(stdout)).toEqual({ token: 'a-token', expiresAt: 1_698_760_750_000 });
  });

  it.each([
    ['UTC', 0],
    ['Asia/Kolkata', 5.5],
    ['America/New_York', -4],
  ])('before version 2.54 expires by the time of this machine, in %s', (zone, hours) => {
    vi.stubEnv('TZ', zone);
    const utc = Date.UTC(2023, 9, 25, 21, 59, 10) - hours * 3_600_000;
    const stdout = answer({ expiresOn: '2023-10-25 21:59:10.250000' });
    expect(readAzureToken(stdout).expiresAt).toBe(utc + 250);
    vi.unstubAllEnvs();
  });

  it('in the hour that comes twice expires after the first of the two', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    const stdout = answer({ expiresOn: '2023-10-29 02:30:00.000000' });
    expect(readAzureToken(stdout).expiresAt).toBe(Date.UTC(2023, 9, 29, 0, 30));
    vi.unstubAllEnvs();
  });

  it('may have its POSIX time in quotes, or say that there is none', () => {
    const quoted = answer({ expires_on: '1698760750' });
    expect(readAzureToken(quoted).expiresAt).toBe(1_698_760_750_000);
    const local = new Date(2023, 9, 31, 21, 59, 10).getTime();
    const without = answer({ expires_on: null, expiresOn: '2023-10-31 21:59:10.000000' });
    expect(readAzureToken(without).expiresAt).toBe(local);
  });

  it('that tells no time expires as its token says, or never', () => {
    const token = jwt({ exp: 1_767_323_045 });
    const stdout = answer({ accessToken: token });
    expect(readAzureToken(stdout)).toEqual({ token, expiresAt: 1_767_323_045_000 });
    expect(readAzureToken(answer({}))).toEqual({ token: 'a-token' });
  });

  it.each([
    ['nothing', '', 'ERR_EXEC_OUTPUT', 'nothing'],
    ['a table', 'AccessToken  s3cret', 'ERR_EXEC_OUTPUT', 'no JSON object'],
    ['no token', '{"error": "s3cret"}', 'ERR_EXEC_OUTPUT', '"accessToken"'],
    ['half of it', answer({}).slice(0, -5), 'ERR_EXEC_OUTPUT', 'breaks off'],
    ['it twice', answer({}) + answer({}), 'ERR_EXEC_OUTPUT', 'more than one JSON object'],
    ['brackets', `{"a":${'['.repeat(9_000)}`, 'ERR_EXEC_OUTPUT', 'nests deeper'],
    ['a list of 1 MB', `{"a":[${'1,'.repeat(500_000)}1]}`, 'ERR_EXEC_OUTPUT', 'far too much'],
    [
      'a time of another kind',
      answer({ expires_on: 's3cret' }),
      'ERR_CREDENTIAL_EXPIRY',
      '"expires_on"',
    ],
    ['a day', answer({ expiresOn: '31.10.2023 s3cret' }), 'ERR_CREDENTIAL_EXPIRY', '"expiresOn"'],
    [
      'a time that is none',
      answer({ expiresOn: '2023-13-31 21:59:10' }),
      'ERR_CREDENTIAL_EXPIRY',
      '"expiresOn"',
    ],
  ])('that prints %s is refused', (_, stdout, code, words) => {
    expect(refusalOf(readAzureToken, stdout)).toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
  });
});

describe('gcloud', () => {
  const expiresAt = Date.UTC(2015, 0, 9, 0, 51, 51);
  // Python's datetime in the JSON of gcloud: its text, and each of its parts.
  const datetime = (text: string) => ({
    datetime: text,
    day: 9,
    hour: 0,
    microsecond: 0,
    minute: 51,
    month: 1,
    second: 51,
    year: 2015,
  });

  it.each<[string, unknown, number | undefined]>([
    [
      'a credential of its older versions',
      {
        access_token: 'ya29.a',
        token_expiry: '2015-01-09T00:51:51Z',
        token_response: { access_token: 'ya29.a', expires_in: 3_599, token_type: 'Bearer' },
        refresh_token: 'r',
      },
      expiresAt,
    ],
    [
      'one without a time of its own',
      { token_response: { access_token: 'ya29.a', expires_in: 3_599 } },
      startedAt + 3_599_000,
    ],
    [
      'a credential of its newer versions',
      {
        token: 'ya29.a',
        expiry: datetime('2015-01-09 00:51:51'),
        expired: false,
        valid: true,
        id_token: null,
      },
      expiresAt,
    ],
    [
      'one with parts of a second',
      { token: 'ya29.a', expiry: datetime('2015-01-09 00:51:51.250000') },
      expiresAt + 250,
    ],
    [
      'one with a zone',
      { token: 'ya29.a', expiry: datetime('2015-01-09 01:51:51+01:00') },
      expiresAt,
    ],
    ['one that never expires', { token: 'ya29.a', expiry: null }, undefined],
    [
      'one that says nothing of its time, beside a response that does',
      { token: 'ya29.a', expiry: null, token_response: { expires_in: 60 } },
      startedAt + 60_000,
    ],
    [
      'what config-helper prints',
      {
        configuration: { active_configuration: 'default' },
        credential: { access_token: 'ya29.a', id_token: 'i', token_expiry: '2015-01-09T00:51:51Z' },
        sentinels: { config_sentinel: '/x' },
      },
      expiresAt,
    ],
  ])('has its token and its time read from %s', (_, printed, expected) => {
    const material = readGcloudToken(JSON.stringify(printed), run);
    expect(material).toEqual({ token: 'ya29.a', ...(expected && { expiresAt: expected }) });
  });

  it('prints a bare token without more', () => {
    expect(readGcloudToken('ya29.a\n', run)).toEqual({ token: 'ya29.a' });
  });

  it.each([
    ['no token', '{"credential": {"s3cret": 1}}', 'ERR_EXEC_OUTPUT'],
    ['a number', '{"token": 5}', 'ERR_EXEC_OUTPUT'],
    [
      'a time of another kind',
      '{"token": "s3cret", "expiry": {"datetime": "soon"}}',
      'ERR_CREDENTIAL_EXPIRY',
    ],
    ['an advertisement', 'Updates are available.\ns3cret', 'ERR_EXEC_OUTPUT'],
  ])('that prints %s is refused', (_, stdout, code) => {
    expect(refusalOf(readGcloudToken, stdout).code).toBe(code);
  });
});

describe('vault', () => {
  const rest = {
    request_id: 'f00341c1',
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    wrap_info: null,
    warnings: null,
  };

  it.each<[string, unknown, number | undefined]>([
    [
      'vault write auth/approle/login, token create and login',
      {
        ...rest,
        data: null,
        auth: {
          client_token: 'hvs.a',
          accessor: 'B6',
          policies: ['default'],
          lease_duration: 3_600,
          renewable: true,
        },
      },
      startedAt + 3_600_000,
    ],
    [
      'a login as root, which never ends',
      { ...rest, data: null, auth: { client_token: 'hvs.a', lease_duration: 0 } },
      undefined,
    ],
    [
      'vault token lookup',
      {
        ...rest,
        auth: null,
        data: {
          id: 'hvs.a',
          accessor: '86',
          expire_time: '2018-05-19T11:35:54.466476215-04:00',
          ttl: 2_764_790,
        },
      },
      Date.UTC(2018, 4, 19, 15, 35, 54, 466),
    ],
    [
      'vault token lookup of a token that never ends',
      { ...rest, data: { id: 'hvs.a', expire_time: null, ttl: 0 } },
      undefined,
    ],
    [
      'vault token lookup with a time of zero',
      { ...rest, data: { id: 'hvs.a', expire_time: '0001-01-01T00:00:00Z', ttl: 60 } },
      startedAt + 60_000,
    ],
    [
      'vault token lookup without a time',
      { ...rest, data: { id: 'hvs.a', ttl: 60 } },
      startedAt + 60_000,
    ],
    [
      'vault read consul/creds/role',
      {
        ...rest,
        lease_id: 'consul/creds/x',
        lease_duration: 2_764_800,
        data: { accessor: 'c', token: 'hvs.a' },
      },
      startedAt + 2_764_800_000,
    ],
    [
      'vault write kubernetes/creds/role',
      {
        ...rest,
        lease_duration: 600,
        data: { service_account_name: 'n', service_account_token: 'hvs.a' },
      },
      startedAt + 600_000,
    ],
  ])('has token and lease read from %s', (_, printed, expected) => {
    const material = readVaultToken(JSON.stringify(printed, null, 2), run);
    expect(material).toEqual({ token: 'hvs.a', ...(expected && { expiresAt: expected }) });
  });

  it('prints a bare token where a helper does, or -field=token', () => {
    expect(readVaultToken('hvs.a', run)).toEqual({ token: 'hvs.a' });
  });

  it.each([
    ['a table', 'Key      Value\n---      -----\ntoken    s3cret', 'ERR_EXEC_OUTPUT', '3 lines'],
    [
      'a wrapped token',
      '{"data": null, "auth": null, "wrap_info": {"token": "s3cret", "ttl": 60}}',
      'ERR_EXEC_OUTPUT',
      'unwrapped',
    ],
    [
      'what an accessor finds',
      '{"data": {"id": "", "accessor": "s3cret"}}',
      'ERR_EXEC_OUTPUT',
      'without a token',
    ],
    [
      'another time',
      '{"data": {"id": "s3cret", "expire_time": "tomorrow"}}',
      'ERR_CREDENTIAL_EXPIRY',
      'expire_time',
    ],
  ])('that prints %s is refused', (_, stdout, code, words) => {
    const refusal = refusalOf(readVaultToken, stdout);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain(words);
  });
});

describe('a credential helper of Bazel', () => {
  it.each<[string, unknown, object]>([
    ['a bearer token', { headers: { Authorization: ['Bearer a.b'] } }, { token: 'a.b' }],
    [
      'headers of its own',
      { headers: { 'x-custom-auth-type': ['proprietary'], 'x-custom-auth-token': ['t'] } },
      { headers: { 'x-custom-auth-type': 'proprietary', 'x-custom-auth-token': 't' } },
    ],
    [
      'another scheme',
      { headers: { authorization: ['Basic dTpw'] } },
      { headers: { authorization: 'Basic dTpw' } },
    ],
    [
      'a token beside a header',
      { headers: { authorization: ['bearer t'], 'x-scope': ['a', 'b'], 'x-none': [] } },
      { token: 't', headers: { 'x-scope': 'a, b' } },
    ],
    [
      'no time',
      { headers: { 'x-key': ['k'] }, expires: '0001-01-01T00:00:00Z' },
      { headers: { 'x-key': 'k' } },
    ],
    [
      'two tokens',
      { headers: { Authorization: ['Bearer a', 'Bearer b'] } },
      { headers: { Authorization: 'Bearer a, Bearer b' } },
    ],
    [
      'a time',
      { headers: { 'x-key': ['k'] }, expires: '2026-01-02T03:04:05+01:00' },
      { headers: { 'x-key': 'k' }, expiresAt: Date.UTC(2026, 0, 2, 2, 4, 5) },
    ],
  ])('has %s read', (_, printed, expected) => {
    expect(readBazelCredentials(JSON.stringify(printed))).toEqual(expected);
  });

  it.each([{}, { headers: {} }, { headers: { header1: [] } }, { headers: null }])(
    'that prints %j has nothing for this address',
    (printed) => {
      const { code, message } = refusalOf(readBazelCredentials, JSON.stringify(printed));
      expect(code).toBe('ERR_CREDENTIAL_EMPTY');
      expect(message).toContain('"uri"');
    },
  );

  it.each([
    ['a text', '"s3cret"', 'ERR_EXEC_OUTPUT'],
    ['headers in a list', '{"headers": ["s3cret"]}', 'ERR_EXEC_OUTPUT'],
    ['a value that is no list', '{"headers": {"a": "s3cret"}}', 'ERR_EXEC_OUTPUT'],
    ['a value that is no text', '{"headers": {"a": [5]}}', 'ERR_EXEC_OUTPUT'],
    ['another time', '{"headers": {"a": ["s3cret"]}, "expires": 5}', 'ERR_CREDENTIAL_EXPIRY'],
  ])('that prints %s is refused', (_, stdout, code) => {
    expect(refusalOf(readBazelCredentials, stdout).code).toBe(code);
  });
});

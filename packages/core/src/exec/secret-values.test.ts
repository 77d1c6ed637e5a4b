import { describe, expect, it } from 'vitest';
import { secretsIn, secretsOfConfig } from './secret-values.js';

const found = (text: string): readonly string[] => [...(secretsIn(text) ?? ['too many'])];

describe('the secrets in what a program printed', () => {
  it.each([
    [
      'JSON',
      '{"kind":"ExecCredential","status":{"token":"a b","expirationTimestamp":"2026"}}',
      ['a b'],
    ],
    [
      'JSON in lines',
      '{\n  "clientKeyData" : "k1",\n  "clientCertificateData": "c1"\n}',
      ['k1', 'c1'],
    ],
    ['JSON that breaks off', '{"status":{"token":"half a tok', ['half a tok']],
    [
      'JSON that is no JSON',
      "{token: abc, 'secret': 'd e'}",
      ["abc, 'secret': 'd e'", 'abc', 'd e'],
    ],
    ['JSON in a string', '{"body":"{\\"access_token\\":\\"xyz\\"}"}', ['\\', 'xyz']],
    ['a number', '{"token": 12345}', ['12345']],
    ['a list', '{"tokens": ["first", "second"]}', ['first', 'second']],
    ['YAML', 'status:\n  token: correct horse battery\n', ['correct horse battery']],
    ['a block', 'clientKeyData: |\n  line 1\n  line 2\nkind: x\n', ['line 1\nline 2']],
    ['variables', 'export AWS_SESSION_TOKEN=abc AWS_REGION=eu\n', ['abc']],
    ['variables in quotes', "PASSWORD='a b'; USER=me", ['a b']],
    ['a header', 'Authorization: Bearer abc', ['abc']],
    ['one word', 'correcthorse\n', ['correcthorse']],
    ['a sentence', 'Your code is aB3$xY9z-Q, team-prod!', ['aB3$xY9z-Q,']],
    ['nothing', '', []],
    ['names and places', 'profile: team-prod\ntoken_file: /x/y\nuse_token: true\nregion=eu', []],
    ['an answer without a secret', '{"kind":"ExecCredential","spec":{"interactive":false}}', []],
  ])('are found in %s', (_, text, secrets) => {
    expect(found(text).filter((secret) => secret !== '\\')).toEqual(
      secrets.filter((secret) => secret !== '\\'),
    );
  });

  it('are those of a key line by line, too', () => {
    const lines = ['MIGHAgEAMBMGByqG', 'SM49AgEGCCqGSM49'];
    expect(found(JSON.stringify({ clientKeyData: lines.join('\n') }))).toEqual(
      expect.arrayContaining(lines),
    );
  });

  it('can be too many', () => {
    expect(
      secretsIn(Array.from({ length: 200 }, (_, i) => `token=a${i}`).join('\n')),
    ).toBeUndefined();
    expect(secretsIn('a=b\n'.repeat(100_000))).toBeUndefined();
  });
});

describe('the secrets of a configuration', () => {
  it('are the values of variables whose names say so', () => {
    const values = {
      AWS_PROFILE: 'team-prod',
      AWS_REGION: 'eu-central-9',
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: '/9jk+x',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token',
      GOOGLE_APPLICATION_CREDENTIALS: '/home/me/key.json',
      GOOGLE_CREDENTIALS: '{"type": "x", "private_key": "pk"}',
      CLIENT_SECRET: 's3cr3t',
      LOGIN_IS_INTERACTIVE: 'true',
      TOKEN_CACHE: 'yes',
      PASSWORD: '12345678',
      HTTPS_PROXY: 'http://me:pw1@proxy:3128',
    };
    const env = Object.entries(values).map(([name, value]) => ({ name, value }));
    expect(secretsOfConfig(env, [])).toEqual([
      '/9jk+x',
      '{"type": "x", "private_key": "pk"}',
      'pk',
      's3cr3t',
      '12345678',
      'pw1',
    ]);
  });

  it('are the values behind telling arguments', () => {
    const args = [
      'get-token',
      '--client-secret=a=b',
      '--password',
      'pw',
      '--token',
      '--region',
      'eu',
      '--token-cache-dir',
      '/x',
      '--header',
      'Authorization: Bearer abc',
      'password=qwe',
    ];
    expect(secretsOfConfig([], args)).toEqual(['a=b', 'pw', 'abc', 'qwe']);
    expect(secretsOfConfig([], ['eks', 'get-token', '--cluster-name', 'x'])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { StderrTail, scrub } from './stderr-tail.js';

const nothing = Buffer.alloc(0);

function tailOf(...chunks: string[]): StderrTail {
  const tail = new StderrTail();
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  return tail;
}

describe('the end of stderr', () => {
  it('is what the plugin said last', () => {
    expect(tailOf('one\n', 'two\n').text([], nothing)).toBe('one\ntwo');
    const long = tailOf(...Array.from({ length: 3000 }, (_, index) => `line ${index}, and more\n`));
    expect(long.text([], nothing)).toMatch(/line 2999, and more$/);
    expect(long.text([], nothing).length).toBeLessThanOrEqual(4096);
  });

  it('never begins with the second half of a secret', () => {
    const tail = tailOf('my-long-secret ', 'Ab1'.repeat(21_843));
    expect(tail.text([], nothing)).toBe('[redacted]');
  });

  it.each([
    'Ab1',
    'aB',
    'token',
    '-',
    ':',
    '://a',
    '-----BEGIN A',
    'eyJ.',
    '\u001b[0',
    'Bearer ',
    ' ',
    '\0',
    'a.',
  ])('takes time in proportion to its length, even if it is all %j', (word) => {
    // Of the processor, which other processes do not lengthen.
    const costs = (length: number, times: number): number => {
      const text = word.repeat(length / word.length);
      const tail = tailOf(text);
      const stdout = Buffer.from(text);
      const before = process.cpuUsage();
      for (let time = 0; time < times; time += 1) tail.text(['a secret'], stdout);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const rounds = Array.from({ length: 3 }, () => [costs(8_192, 8), costs(65_536, 1)] as const);
    const inEighths = Math.min(...rounds.map(([eighths]) => eighths));
    const atOnce = Math.min(...rounds.map(([, whole]) => whole));
    // The same, or eight times as much, and seconds, if some pattern looked back from every place. Some systems count
    // in steps of 16 ms.
    expect(atOnce).toBeLessThan(4 * inEighths + 50_000);
  });

  it('cannot steer a terminal', () => {
    expect(tailOf('\u001b[31mred\u001b[0m\u0007').text([], nothing)).toBe(
      'U+001B[31mredU+001B[0mU+0007',
    );
  });

  it('never begins with the second half of a secret that it knows', () => {
    const tail = tailOf('x'.repeat(100), ' half a secret with blanks ', '- '.repeat(32_755));
    expect(tail.text(['one half a secret with blanks'], nothing)).not.toContain('blanks');
  });

  it('hides everything where stdout holds more secrets than anyone can look for', () => {
    const stdout = Buffer.from('token=Ab1\n'.repeat(30_000));
    expect(tailOf('got Ab1').text([], stdout)).toBe('[redacted]');
  });

  it('hides what the plugin also printed on stdout', () => {
    const stdout = Buffer.from(
      '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"my.own-Token7"}}',
    );
    const tail = tailOf('cannot use my.own-Token7: client.authentication.k8s.io/v1 status');
    expect(tail.text([], stdout)).toBe(
      'cannot use [redacted]: client.authentication.k8s.io/v1 status',
    );
  });
});

describe('what looks like a secret', () => {
  it.each([
    ['a JWT', 'got eyJhbGciOi.eyJzdWIi.c2ln now', 'got [redacted] now'],
    ['a token of aws', 'k8s-aws-v1.aHR0cHM6', '[redacted]'],
    ['a bearer header', 'Authorization: Bearer abc.def', 'Authorization: Bearer [redacted]'],
    ['an assignment', 'token=abc123 rest', 'token=[redacted] rest'],
    ['JSON', '{"client_secret": "a b c", "x": 1}', '{"client_secret": [redacted], "x": 1}'],
    ['YAML', 'password: hunter2\nuser: me', 'password: [redacted]\nuser: me'],
    ['base64', `x ${'Ab1+'.repeat(10)} y`, 'x [redacted] y'],
    ['hex', `x ${'0a1b'.repeat(10)} y`, 'x [redacted] y'],
    ['base64 without digits', `x ${'AbCd'.repeat(10)} y`, 'x [redacted] y'],
    ['an error with what it is about', 'secret: hunter', 'secret: [redacted]'],
    ['a variable', 'AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjE', 'AWS_SESSION_TOKEN=[redacted]'],
    ['a URL with a password', 'https://me:pw@host/x', 'https://[redacted]@host/x'],
    [
      'a PEM block',
      'a -----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY----- b',
      'a [redacted] b',
    ],
    ['a PEM block without an end', 'a -----BEGIN EC PRIVATE KEY-----\nMIG', 'a [redacted]'],
    ['a PEM block without a start', 'MIG\n-----END PRIVATE KEY----- b', '[redacted] b'],
  ])('is hidden: %s', (_, text, expected) => {
    expect(scrub(text)).toBe(expected);
  });

  it.each([
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    'open /usr/lib/google-cloud-sdk/lib/googlecloudsdk/core/v2/nonexistent.json: no such file',
    'F1123 18:39:34.535043 3135 cred.go:145] print credential failed with error: exit status 1',
    'authentication-configuration-provider-registration is missing',
    'error getting token: exit status 1',
    'could not refresh credentials: ExpiredToken',
    'The config profile (team-platform-production-eu-central-1-admin) could not be found',
    'token cache: /home/me/.aws/cli/cache/0a1b2c3d4e5f60718293a4b5c6d7e8f901234567.json',
    'reading token_file=/var/run/secrets/eks.amazonaws.com/serviceaccount/token failed',
    'use_token_cache: true, token=null',
    'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_AdministratorAccess/me is not allowed',
    'tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 in region eu-central-1',
    'Basic authentication is disabled; Bearer tokens are needed',
    'AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE',
  ])('is not found in: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });
});

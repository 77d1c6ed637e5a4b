import { describe, expect, it } from 'vitest';
import { StderrTail, scrub, secretArguments } from './stderr-tail.js';

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
    const rounds = Array.from({ length: 5 }, () => [costs(8_192, 8), costs(65_536, 1)] as const);
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

  it('hides what the plugin also printed on stdout', () => {
    const stdout = Buffer.from(
      '{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"my.own-Token7"}}',
    );
    const tail = tailOf(
      'cannot use my.own-Token7. client.authentication.k8s.io/v1 is configuration',
    );
    expect(tail.text([], stdout)).toBe(
      'cannot use [redacted]. client.authentication.k8s.io/v1 is configuration',
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
    ['a URL with a password', 'https://me:pw@host/x', 'https://[redacted]@host/x'],
    [
      'a PEM block',
      'a -----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY----- b',
      'a [redacted] b',
    ],
    ['a PEM block without an end', 'a -----BEGIN EC PRIVATE KEY-----\nMIG', 'a [redacted]'],
    ['a PEM block without a start', 'MIG\n-----END PRIVATE KEY----- b', '[redacted] b'],
  ])('is hidden: %s', (_, text, expected) => {
    expect(scrub(text, [])).toBe(expected);
  });

  it.each([
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    'open /usr/lib/google-cloud-sdk/lib/googlecloudsdk/core/v2/nonexistent.json: no such file',
    'F1123 18:39:34.535043 3135 cred.go:145] print credential failed with error: exit status 1',
    'authentication-configuration-provider-registration is missing',
  ])('is not found in: %s', (text) => {
    expect(scrub(text, [])).toBe(text);
  });

  it('is every value that was named, the longest first, and none that is too short to matter', () => {
    expect(scrub('hunter22 hunter2 eu', ['hunter2', 'hunter22', 'eu', ''])).toBe(
      '[redacted] [redacted] eu',
    );
  });
});

describe('secret arguments', () => {
  it('are the values behind telling names', () => {
    const args = [
      'get-token',
      '--client-secret=a=b',
      '--password',
      'pw',
      '--token',
      '--region',
      'eu',
    ];
    expect(secretArguments(args)).toEqual(['a=b', 'pw']);
    expect(secretArguments(['eks', 'get-token', '--cluster-name', 'x'])).toEqual([]);
  });
});

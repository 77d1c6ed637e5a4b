import { expect, it } from 'vitest';
import { parseOptions } from './options.js';

function parse(...words: string[]): { result: unknown; out: string; err: string } {
  let out = '';
  let err = '';
  const result = parseOptions(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { result, out, err };
}

it('runs all clients for 20 seconds on credentials of 4 seconds by default', () => {
  expect(parse().result).toEqual({
    options: {
      durationMs: 20_000,
      lifetimeMs: 4_000,
      clients: ['axios', 'got', 'https'],
      bare: true,
    },
  });
});

it('leaves out the bare client on request', () => {
  expect(parse('--no-bare').result).toMatchObject({ options: { bare: false } });
});

it('takes seconds and lifetime', () => {
  expect(parse('--seconds', '4.5', '--lifetime=2').result).toMatchObject({
    options: { durationMs: 4_500, lifetimeMs: 2_000 },
  });
});

it.each([
  [['--client', 'got'], ['got']],
  [
    ['--client', 'https,axios'],
    ['axios', 'https'],
  ],
  [
    ['--client', 'got', '--client', 'axios'],
    ['axios', 'got'],
  ],
  [
    ['--client', 'got', '--client', 'all'],
    ['axios', 'got', 'https'],
  ],
  [['--client', ' got , got '], ['got']],
])('chooses clients: %j', (words, clients) => {
  expect(parse(...words).result).toMatchObject({ options: { clients } });
});

it.each([
  [['--seconds', 'ten'], 'It must be a number from 1 to 86400.'],
  [['--seconds', ''], 'It must be a number from 1 to 86400.'],
  [['--seconds', '0'], 'It must be a number from 1 to 86400.'],
  [['--seconds'], 'argument missing'],
  [['--lifetime', '-3'], 'It must be a number from 1 to 3600.'],
  [['--lifetime', 'Infinity'], 'It must be a number from 1 to 3600.'],
  [['--client', 'curl'], 'It must be axios, got, https or all.'],
  [['--client', ''], 'It must be axios, got, https or all.'],
  [['--clients', 'got'], "unknown option '--clients'"],
  [['now'], 'too many arguments'],
])('refuses %j with exit code 2, saying why', (words, reason) => {
  const { result, out, err } = parse(...words);
  expect(result).toEqual({ exitCode: 2 });
  expect(err).toContain(reason);
  expect(out).toBe('');
});

it('tells its options when asked', () => {
  const { result, out, err } = parse('--help');
  expect(result).toEqual({ exitCode: 0 });
  for (const option of ['--seconds <n>', '--lifetime <n>', '--client <names>']) {
    expect(out).toContain(option);
  }
  expect(err).toBe('');
});

import { describe, expect, it } from 'vitest';
import { foreignWords } from './foreign-words.js';

const secret = 'kX9$ 2/mQ7+vB4nR1wZ6';

describe('what a server says', () => {
  it.each([
    ['as it is', `no client with ${secret} here`],
    ['in a URL', `no client_secret=${encodeURIComponent(secret)} here`],
    ['in a form', `no ${new URLSearchParams({ s: secret })} here`],
    ['in base64', `no ${Buffer.from(`robot:${secret}`).toString('base64')} here`],
    ['in JSON', `no ${JSON.stringify({ secret })} here`],
    ['in hexadecimal', `no ${Buffer.from(secret).toString('hex')} here`],
    ['in two lines', `no ${secret.slice(0, 9)}\n${secret.slice(9)} here`],
    ['often', `no ${secret.repeat(200)} here`],
  ])('is shown without a secret that it was sent, %s', (_, text) => {
    const shown = foreignWords(text, [secret]);
    expect(shown).toMatch(/^no .*\[redacted\]/);
    for (const part of [secret, secret.slice(0, 8), secret.slice(-8), 'a1g5J', '6b5839'])
      expect(shown).not.toContain(part);
  });

  it('is shown without a short secret, wherever it stands', () => {
    expect(foreignWords('pass p@ss w0 and xp@ss w0x', ['p@ss w0'])).toBe(
      'pass [redacted] and x[redacted]x',
    );
  });

  it('is shown without what looks like a token of its own', () => {
    const jwt = `eyJhbGciOiJub25lIn0.${'x'.repeat(40)}.sig`;
    expect(foreignWords(`got ${jwt}, not valid`, [])).toBe('got [redacted], not valid');
  });

  it('is one line that steers no terminal', () => {
    expect(foreignWords('one\ntwo\u001b[31m', [])).toBe('oneU+000AtwoU+001B[31m');
  });

  it('is shortened', () => {
    expect(foreignWords('word '.repeat(100), [])).toHaveLength(301);
    expect(foreignWords('word '.repeat(10_000), [])).toBe('a text of 50000 characters');
  });

  it('keeps what people need', () => {
    const said =
      "AADSTS700016: Application with identifier '6731de76-14a6-49ae-97bc-6eba6914391e' was not found. Trace ID: 0d2a4f0e";
    expect(foreignWords(said, [secret])).toBe(said);
  });
});

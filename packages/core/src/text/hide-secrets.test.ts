import { describe, expect, it } from 'vitest';
import { hideSecrets } from './hide-secrets.js';

const secrets = {
  'a JWT': 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
  'hex digits': '3f786850e387550fdaba836ed7e6dc881de23001',
  'a passphrase': 'correct horse battery staple',
  'a word in lower case': 'correcthorsebatterystaple',
  'seven characters': 'aB3$xY9',
  'groups between colons': 'ab12:cd34:ef56:ab78:cd90',
  'percent-encoded': 'tok%2Fen%3Dvalue%21',
  'with quotes and backslashes': 'a"b\'c\\d/e"f\\ng',
  'several lines': '-----BEGIN K-----\nMIGHAgEAMBMGByqG\nSM49AgEGCCqGSM49\n-----END K-----\n',
  base64: 'c2VjcmV0LW9mLXRoZS1jbGllbnQ=',
};
const every = (text: string, mark: string, size: number): string =>
  (text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []).join(mark);
const bytesOf = (secret: string, write: (byte: number) => string, between: string): string =>
  [...Buffer.from(secret)].map(write).join(between);
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const shapes: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'in quotes': (secret) => `'${secret}'`,
  'in JSON': (secret) => JSON.stringify(secret),
  'in JSON of JSON': (secret) => JSON.stringify(JSON.stringify(secret)),
  'in JSON as Go writes it': (secret) =>
    JSON.stringify(secret).replaceAll('/', '\\/').replaceAll('3', '\\u0033'),
  'in a URL': (secret) => encodeURIComponent(secret),
  'in a URL, in small letters': (secret) =>
    encodeURIComponent(secret).toLowerCase() === encodeURIComponent(secret)
      ? encodeURIComponent(secret)
      : encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  'in a URL of a URL': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  'in a form': (secret) => `${new URLSearchParams({ a: secret })}`.slice(2),
  'in a page': (secret) =>
    secret
      .replaceAll('&', '&amp;')
      .replace(/[<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
      .replaceAll('e', '&#x65;'),
  'in octal digits': (secret) =>
    bytesOf(secret, (byte) => `\\${byte.toString(8).padStart(3, '0')}`, ''),
};
const longShapes: typeof shapes = {
  'over several lines': (secret) => every(secret, '\n  ', 5),
  'in colours': (secret) => every(secret, '\u001b[1;31m', 3),
  'with joiners that nobody sees': (secret) => every(secret, '\u200b', 2),
  'with marks of direction and soft hyphens': (secret) => every(secret, '\u202e\u00ad', 3),
  'in hexadecimal digits': (secret) => bytesOf(secret, hex, ''),
  'in large ones with colons': (secret) => bytesOf(secret, hex, ':').toUpperCase(),
  'as a dump': (secret) => every(bytesOf(secret, hex, ''), ' ', 4),
  'as the bytes that Go prints': (secret) => bytesOf(secret, String, ' '),
  'as a Buffer in JSON': (secret) => bytesOf(secret, String, ','),
  'as a Buffer that Node prints': (secret) => bytesOf(secret, hex, ' '),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64 for URLs': (secret) => Buffer.from(secret).toString('base64url'),
  'in base64 with a user': (secret) => Buffer.from(`me:${secret}`).toString('base64'),
  'in base64 with a user of one letter': (secret) => Buffer.from(`m:${secret}`).toString('base64'),
  'in base64 with a user of three': (secret) => Buffer.from(`you:${secret}.`).toString('base64'),
  'in base64 of JSON': (secret) => Buffer.from(`{"a":"${secret}"}`).toString('base64'),
};

describe.each(Object.entries(secrets))('a secret of the kind %s', (_, secret) => {
  const pieces = secret.match(/[A-Za-z0-9]{4,}/g) ?? [secret];

  it.each([...Object.entries(shapes), ...(secret.length < 8 ? [] : Object.entries(longShapes))])(
    'is hidden %s',
    (__, write) => {
      const written = write(secret);
      const hidden = hideSecrets(`cannot use ${written} for team-prod`, [secret]);
      expect(hidden).toContain('[redacted]');
      expect(hidden).toMatch(/^cannot use .*for team-prod$/s);
      for (const piece of pieces) expect(hidden).not.toContain(piece);
      expect(hidden).not.toContain(written);
    },
  );
});

describe('what is no secret', () => {
  it('stays, though a short secret stands in it', () => {
    expect(hideSecrets('use-abc, abcd, abc and abc.', ['abc'])).toBe(
      'use-abc, abcd, [redacted] and [redacted].',
    );
    expect(hideSecrets('eu-central-1 in eu', ['eu', ''])).toBe('eu-central-1 in eu');
  });

  it('stays as it was written, with its escapes and colours', () => {
    const text = 'ünï \\n %41 "x" \u001b[1mbold\u001b[0m';
    expect(hideSecrets(text, ['not-in-it-at-all'])).toBe(text);
  });

  it('is hidden once where secrets overlap', () => {
    expect(hideSecrets('x hunter22secret y', ['hunter22', 'hunter22secret', '22secrety'])).toBe(
      'x [redacted]',
    );
  });

  it('at the start of a cut text is not the end of a secret', () => {
    expect(hideSecrets('horse battery is cut', ['correct horse battery'], true)).toBe(
      '[redacted] is cut',
    );
    expect(hideSecrets('horse battery is cut', ['correct horse battery'])).toContain('horse');
  });
});

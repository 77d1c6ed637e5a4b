import { createTestAuthority } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { authorityFault } from './authority.js';

const [ours, theirs] = (await Promise.all([createTestAuthority(), createTestAuthority()])).map(
  ({ certificate }) => certificate,
) as [string, string];

describe('a certificate authority', () => {
  it.each([
    ['one', ours],
    ['two', ours + theirs],
    ['Windows line breaks', ours.replaceAll('\n', '\r\n')],
    ['text on lines of its own', `Certificate:\n    Data: x\n${ours}# the end\n`],
    ['a key beside it', `-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n${ours}`],
    ['no line break at its end', ours.trim()],
  ])('may have %s', (_, pem) => {
    expect(authorityFault(pem)).toBeUndefined();
  });

  const latin1 = (pem: string): string => Buffer.from(pem).toString('latin1');
  it.each([
    ['a mark before it', `\ufeff${ours}`, 'byte order mark before its certificate'],
    ['a mark that was read as Latin-1', latin1(`\ufeff${ours}`), 'byte order mark'],
    ['a mark between', `${ours}\ufeff${theirs}`, 'byte order mark before its certificate no. 2'],
    ['a word before it', `ca: ${ours}`, 'text before its certificate'],
    ['a word between', `${ours}ca: ${theirs}`, 'text before its certificate no. 2'],
    ['no line break between', ours.trimEnd() + theirs, 'text before its certificate no. 2'],
    ['blanks before it', ours.replaceAll(/^/gm, '\t'), 'blanks before'],
    ['line breaks of an old Mac', `x\r${ours.replaceAll('\n', '\r')}`, 'line breaks'],
    ['a cut at its end', ours.slice(0, -40), 'cut or damaged'],
    ['a cut in the middle', `${ours.slice(0, 200)}\n${theirs}`, 'its certificate no. 1 is cut'],
    ['a letter too many', ours.replace('\nMII', '\nMI!'), 'cut or damaged'],
    ['nothing in it', ' \n', 'is empty'],
    ['words in it', 'hello', 'holds no PEM certificate that can be read. Put'],
    ['a mark and a word before it', `\ufeffca: ${ours}`, 'has text before'],
    ['a word and a mark before it', `ca: \ufeff${ours}`, 'has text before'],
    ['two marks before it', `\ufeff\ufeff${ours}`, 'byte order mark'],
    ['two blanks before it', `  ${ours}`, 'has blanks before'],
    ['a blank and a word before it', ` ca: ${ours}`, 'has text before'],
    ['DER', '0\x82\x03\x00', 'openssl x509 -inform der'],
    ['short DER', '0\x81\x03 ', 'openssl x509 -inform der'],
    ['its base64', Buffer.from(ours).toString('base64'), 'decode it once'],
    ['a placeholder', ' <certificate>\n', 'never filled in'],
    [
      'UTF-16',
      Buffer.from(ours, 'utf16le').toString('latin1'),
      'binary data. Save it as PEM text in UTF-8',
    ],
  ])('has not %s', (_, pem, words) => {
    expect(authorityFault(pem)).toContain(words);
  });
});

import { describe, expect, it } from 'vitest';
import { decodeText, withoutMarks } from './decode-text.js';

const little = (text: string): Buffer => Buffer.from(text, 'utf16le');

describe('bytes', () => {
  it.each([
    ['UTF-8', Buffer.from('{"a": "ü"}'), false],
    ['UTF-8 with a mark', Buffer.from('\ufeff{"a": "ü"}'), true],
    ['UTF-8 with two marks', Buffer.from('\ufeff\ufeff{"a": "ü"}'), true],
    ['UTF-16, little endian', little('\ufeff{"a": "ü"}'), true],
    ['UTF-16, big endian', little('\ufeff{"a": "ü"}').swap16(), true],
    ['UTF-16 with two marks', little('\ufeff\ufeff{"a": "ü"}'), true],
    [
      'half a character behind UTF-16',
      Buffer.concat([little('\ufeff{"a": "ü"}').swap16(), Buffer.of(0)]),
      true,
    ],
  ])('are read as %s', (_, bytes, isMarked) => {
    const before = Buffer.from(bytes);
    expect(decodeText(bytes)).toEqual({ text: '{"a": "ü"}', isMarked });
    expect(bytes).toEqual(before);
  });

  it('that are no text do not stop anything', () => {
    expect(decodeText(Buffer.of(0xff)).text).toBe('\ufffd');
    expect(decodeText(new Uint8Array()).text).toBe('');
  });
});

it('a text keeps marks that are not at its start', () => {
  expect(withoutMarks('\ufeff\ufeffa\ufeff')).toEqual({ text: 'a\ufeff', isMarked: true });
});

import { describe, expect, it } from 'vitest';
import { readYaml } from './read-yaml.js';

const value = (word: string): unknown => readYaml(`value: ${word}`, '"f"');

describe('readYaml', () => {
  // Left: as it stands in the file. Right: what kubectl 1.32 makes of it (`kubectl config view --raw -o json`).
  it.each([
    ['on', true],
    ['y', true],
    ['No', false],
    ['yEs', 'yEs'],
    ['~', null],
    ['', null],
    ['017', 15],
    ['018', 18],
    ['0o17', 15],
    ['0o8', '0o8'],
    ['-017', -15],
    ['0x1F', 31],
    ['0x', '0x'],
    ['0b11', 3],
    ['-0b11', -3],
    ['+12', 12],
    ['1_000', 1000],
    ['_1', '_1'],
    ['1e3', 1000],
    ['12e03', 12_000],
    ['1E5', 100_000],
    ['+.5', 0.5],
    ['1.', 1],
    ['1.50', 1.5],
    ['1e400', '1e400'],
    ['1:30', '1:30'],
    ['2020-01-01', '2020-01-01'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['12345678901234567890', 12_345_678_901_234_567_890n],
    ['123456789012345678901', 123_456_789_012_345_680_000],
    ['0xFFFFFFFFFFFFFFFFFF', '0xFFFFFFFFFFFFFFFFFF'],
    ['"017"', '017'],
    ['!!str 5', '5'],
  ])('reads %s as kubectl reads it', (word, expected) => {
    expect(value(word)).toEqual({ value: expected });
  });

  it('writes keys as kubectl writes them', () => {
    expect(readYaml('{1: a, 1.5: b, on: c, 0x10: e}', '"f"')).toEqual({
      1: 'a',
      1.5: 'b',
      true: 'c',
      16: 'e',
    });
  });

  it.each([
    ['JSON with tabs', '{\n\t"a": "\\ud83d\\ude00",\n\t"b": [\n\t\t1\n\t]\n}', { a: '😀', b: [1] }],
    ['the last of two equal keys', 'a: 1\na: 2\n', { a: 2 }],
    ['the first of two documents', '---\na: 1\n---\na: {\n', { a: 1 }],
    ['merge keys', 'x: &x {a: 1}\nb: {<<: *x, c: 2}\n', { x: { a: 1 }, b: { a: 1, c: 2 } }],
    ['a byte order mark', '\ufeffa: 1\r\n', { a: 1 }],
    ['nothing as undefined', '# only a comment\n', undefined],
  ])('reads %s', (_, text, expected) => {
    expect(readYaml(text, '"f"')).toEqual(expected);
  });

  it('names line and column of a mistake and quotes nothing', () => {
    const text = 'a: 1\nusers:\n- {token: s3cret\n';
    expect(() => readYaml(text, '"f"')).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_PARSE',
        message: expect.stringMatching(
          /^The kubeconfig "f" is not valid YAML at line \d, column \d+\.$/,
        ),
      }),
    );
  });

  it.each([
    ['an alias without its anchor', 'token: *s3cret'],
    [
      'an alias that multiplies',
      `a: &a [x,x]\nb: &b [${'*a,'.repeat(99)}]\nc: [${'*b,'.repeat(99)}]`,
    ],
  ])('refuses %s', (_, text) => {
    expect(() => readYaml(text, '"f"')).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_PARSE',
        message: expect.not.stringContaining('s3cret'),
      }),
    );
  });

  // yaml survives an overflow of the stack; V8, compiling a regular expression there, was once seen not to.
  it.each(['[', '- ', '? ', '{a: '])('refuses 300 times %s for its depth', (opening) => {
    expect(() => readYaml(opening.repeat(300), '"f"')).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_PARSE',
        message: 'The kubeconfig "f" nests deeper than 200 levels.',
      }),
    );
  });
});

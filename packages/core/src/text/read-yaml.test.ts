import { describe, expect, it } from 'vitest';
import { readYaml } from './read-yaml.js';

const read = async (text: string): Promise<unknown> => {
  const reading = await readYaml(text);
  if ('fault' in reading) throw new Error(reading.fault);
  return reading.value;
};
const value = (word: string): Promise<unknown> => read(`value: ${word}`);

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
  ])('reads %s as kubectl reads it', async (word, expected) => {
    expect(await value(word)).toEqual({ value: expected });
  });

  it('writes keys as kubectl writes them', async () => {
    expect(await read('{1: a, 1.5: b, on: c, 0x10: e}')).toEqual({
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
    ['the first document, though nothing stands in it', '---\n---\na: 1\n', null],
    ['what ends before a marker', 'a: 1\n...\nb: {\n', { a: 1 }],
    ['directives and comments before the first', '%YAML 1.1\n# x\n---\na: 1\n', { a: 1 }],
    ['Windows line breaks', 'a: 1\r\n---\r\nb: {\r\n', { a: 1 }],
    [
      'tags that nobody knows',
      'a: !x b\nc: !y [1]\nd: !!set {e: }\n',
      { a: 'b', c: [1], d: { e: null } },
    ],
    ['an alias where its anchor stands', 'a: &a {b: 1}\nc: *a\n', { a: { b: 1 }, c: { b: 1 } }],
    [
      'a folded text as gcloud writes it',
      'a: one\n  two\nb: "x\n  y"\n',
      { a: 'one two', b: 'x y' },
    ],
    ['nothing as undefined', '# only a comment\n', undefined],
  ])('reads %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('gives objects that hold what was written and nothing else', async () => {
    const value = (await read('a: {__proto__: {x: 1}}\n')) as { readonly a: object };
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(Object.keys(value.a)).toEqual(['__proto__']);
  });

  it.each([
    ['a: 1\nusers:\n- {token: s3cret\n', 'is not valid YAML at line 4, column 1'],
    ['# made by hand\n---\na: "b', 'is not valid YAML at line 3, column 6'],
    ['token: *s3cret', 'has an alias at line 1, column 9 whose anchor it does not hold'],
    ['? [s3cret]\n: b', 'is not valid YAML at line 1, column 1'],
    ['a: &s3cret [*s3cret]', 'has aliases that lead into each other without end'],
    [
      `a: &a [x,x]\nb: &b [${'*a,'.repeat(999)}]\nc: [${'*b,'.repeat(999)}]`,
      'has aliases that multiply',
    ],
    [
      `0: &a0 []\n${Array.from({ length: 300 }, (_, index) => `${index + 1}: &a${index + 1} [*a${index}]\n`).join('')}`,
      'has aliases that lead into each other without end',
    ],
  ])('says what is wrong with %j and quotes nothing', async (text, fault) => {
    const reading = await readYaml(text);
    expect(reading).toEqual({ fault: expect.stringContaining(fault) });
    expect(JSON.stringify(reading)).not.toContain('s3cret');
  });

  it.each(['[', '{', '{a: ', '[{', '- ', '? ', '- ? ', '- - '])(
    'refuses %s for its depth, however often it stands there',
    async (opening) => {
      for (const times of [300, 1_000, 100_000]) {
        expect(await readYaml(opening.repeat(times))).toEqual({
          fault: 'nests deeper than 200 levels',
        });
      }
    },
  );

  it('refuses what indentation nests too deeply', async () => {
    const text = Array.from({ length: 300 }, (_, level) => `${' '.repeat(level)}a:\n`).join('');
    expect(await readYaml(text)).toEqual({ fault: 'nests deeper than 200 levels' });
  });

  it('takes numbers of a million digits for what they are', async () => {
    const digits = '9'.repeat(1_000_000);
    expect(await value(digits)).toEqual({ value: digits });
    expect(await value(`0x${digits}`)).toEqual({ value: `0x${digits}` });
    const fraction = `1.${'0'.repeat(2_000)}`;
    expect(await value(fraction)).toEqual({ value: fraction });
  });
});

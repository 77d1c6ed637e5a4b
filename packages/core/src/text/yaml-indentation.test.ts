import { describe, expect, it } from 'vitest';
import { readYaml } from './read-yaml.js';

const read = async (text: string): Promise<unknown> => {
  const reading = await readYaml(text);
  if ('fault' in reading) throw new Error(reading.fault);
  return reading.value;
};

describe('indentation between brackets and quotes', () => {
  // Each as kubectl reads it.
  it.each([
    ['a list that ends below its key', 'a: [\n  b,\n  c\n]\nd: 1\n', { a: ['b', 'c'], d: 1 }],
    [
      'an object that ends below its key',
      'a:\n  m: {\n    b: c\n  }\n  d: 1\n',
      { a: { m: { b: 'c' }, d: 1 } },
    ],
    ['one in the other', 'a: [\n{\nb: [c\n]\n}\n]\n', { a: [{ b: ['c'] }] }],
    ['a list in a list', 'a:\n- [\n  b\n]\n- c\n', { a: [['b'], 'c'] }],
    ['a quoted text', 'a:\n  b: "x\n  y\nz"\n', { a: { b: 'x y z' } }],
    ['a text in single quotes', "a:\n  b: 'x\n\ny'\n", { a: { b: 'x\ny' } }],
    ['a text beside it', 'a: [\n]\nb: |\n  {\n  }\n', { a: [], b: '{\n}\n' }],
    [
      'a text that begins with a bracket in it',
      'b: |\n  }\n  x\na: {\n}\nc: {\n}\n',
      { b: '}\nx\n', a: {}, c: {} },
    ],
    ['a comment in it', 'a: [\n# ]\nb # c\n]\n', { a: ['b'] }],
    ['Windows line breaks', 'a: [\r\n  b\r\n]\r\nc: {\r\n}\r\n', { a: ['b'], c: {} }],
    ['a tab before the bracket', 'a: [\n  b\n\t]\n', { a: ['b'] }],
  ])('is of no matter: %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('is of no matter where twenty contexts have it', async () => {
    const entries = Array.from(
      { length: 20 },
      (_, index) => `- { name: n${index}, user: {\n    token: ${'t'.repeat(1_000)}\n}\n}\n`,
    );
    const { users } = (await read(`users:\n${entries.join('')}`)) as { readonly users: unknown[] };
    expect(users).toHaveLength(20);
  });

  it.each([
    ['a: [\n]\nb: "x\u2028}"\n', { a: [], b: 'x\u2028}' }],
    ['a: [\n]\nb: c\n  }\n', { a: [], b: 'c }' }],
  ])('leaves text alone that looks like it: %j', async (text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('makes no part of a text of a bracket that is too many', async () => {
    expect(await readYaml('a: [\n]\nb: c\n}\n')).toEqual({
      fault: 'is not valid YAML at line 4, column 1',
    });
  });

  it('is read again no more often than a small text can bear', async () => {
    const openings = `a: [\n${'[],\n'.repeat(20_000)}]\n`;
    expect(await readYaml(openings)).toEqual({ fault: 'is not valid YAML at line 2, column 1' });
  });

  it.each([
    ['a: [\nb: c\n', 'is not valid YAML at line 2, column 1'],
    ['a: [\n  b\n', 'is not valid YAML at line 3, column 1'],
    ['a: "b\nc: d\n', 'is not valid YAML at line 2, column 1'],
    ['a: {\n}\nb: [\nc: {\n', 'is not valid YAML at line 4, column 1'],
    ['a: {\n}\nb: "c"d\n', 'is not valid YAML at line 3, column 7'],
    ['a: [\n  b\n] c\n', 'is not valid YAML at line 3, column 3'],
    ['a: [\n  [b\n]\nc: {\n}\n', 'is not valid YAML at line 4, column 1'],
  ])('says of %j where something is missing', async (text, fault) => {
    expect(await readYaml(text)).toEqual({ fault });
  });
});

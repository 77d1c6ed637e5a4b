import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Fields } from './fields.js';

const place = {
  file: '"/etc/kubeconfig"',
  directory: path.resolve('/etc'),
  entry: 'user "me"',
  context: 'work',
};
const fields = (values: object): Fields => Fields.of(values, place);

describe('Fields', () => {
  it('takes null and an empty string for absent', () => {
    const empty = fields({ a: null, b: '', c: null });
    expect([
      empty.text('a'),
      empty.text('b'),
      empty.flag('c'),
      empty.list('a'),
      empty.object('z'),
    ]).toEqual([undefined, undefined, false, [], undefined]);
  });

  it('does not read what every object inherits', () => {
    expect(fields({}).raw('constructor')).toBeUndefined();
  });

  it('names file, entry, context and the whole path of a field', () => {
    const variable = fields({ exec: { env: [{}, { name: 5 }] } })
      .object('exec')
      ?.list('env')[1];
    expect(() => variable?.text('name')).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_FIELD',
        message:
          'Field "exec.env[1].name" of user "me" in "/etc/kubeconfig" (context "work") must be a string, not a number. Write it in quotes.',
      }),
    );
  });

  it.each([
    ['a number for text', () => fields({ a: 1 }).text('a'), 'must be a string, not a number'],
    ['an integer too large for a number', () => fields({ a: 1n }).text('a'), 'not a number'],
    [
      'text for a flag',
      () => fields({ a: 'true' }).flag('a'),
      'must be true or false, not a string',
    ],
    ['an object for a list', () => fields({ a: {} }).list('a'), 'must be a list, not an object'],
    ['a number in a list of text', () => fields({ a: ['x', 1] }).texts('a'), '"a[1]"'],
    ['text for an object', () => fields({ a: 'x' }).object('a'), 'must be an object, not a string'],
    ['a list for the whole', () => Fields.of([], place), 'must be an object, not a list'],
    ['a NUL character', () => fields({ a: 'x\0y' }).text('a'), 'holds a NUL character'],
  ])('refuses %s', (_, read, words) => {
    expect(read).toThrow(expect.objectContaining({ message: expect.stringContaining(words) }));
  });

  it.each(['YWI', 'YW Jj', 'YWJj=', '*', 'YWJj-_==', 's3cret!'])(
    'refuses %s as base64 without quoting it',
    (text) => {
      expect(() => fields({ a: text }).base64('a')).toThrow(
        expect.objectContaining({
          message:
            'Field "a" of user "me" in "/etc/kubeconfig" (context "work") is not base64 with padding. Encode it once more, with "base64", and copy all of it.',
        }),
      );
    },
  );

  it('says of base64 that it is PEM itself, or was never filled in', () => {
    const read = (text: string) => () => fields({ a: text }).base64('a');
    expect(read('-----BEGIN X-----\n')).toThrow('it is PEM text itself');
    expect(read('DATA+OMITTED')).toThrow('kubectl config view --raw');
    expect(read('{{ .Values.ca }}')).toThrow('never filled in');
  });

  it('decodes base64 that is broken into lines', () => {
    expect(fields({ a: 'YW\r\nJj\n' }).base64('a')?.toString()).toBe('abc');
  });

  it('resolves a relative path against the directory and leaves an absolute one alone', () => {
    const absolute = path.resolve('/abs/x');
    expect(fields({ a: '../x' }).path('a')).toBe(path.resolve('/x'));
    expect(fields({ a: absolute }).path('a')).toBe(absolute);
  });
});

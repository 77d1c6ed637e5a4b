import { describe, expect, it } from 'vitest';
import { readExecExtension } from './exec-extension.js';
import { Fields } from './fields.js';
import { readYaml } from './read-yaml.js';

const read = (extensions: string): unknown =>
  readExecExtension(Fields.of(readYaml(extensions, '"f"'), { file: '"f"', directory: '/' }));
const exec = (extension: string) =>
  `extensions: [{name: other, extension: 1}, {name: client.authentication.k8s.io/exec, extension: ${extension}}]`;

describe('readExecExtension', () => {
  it('returns any JSON value', () => {
    expect(read(exec('{audience: x, list: [1, null]}'))).toEqual({
      audience: 'x',
      list: [1, null],
    });
    expect(read(exec('text'))).toBe('text');
    expect(read(exec('12345678901234567890'))).toBe(12_345_678_901_234_567_890n);
  });

  it('returns undefined where there is none', () => {
    expect(read(exec('null'))).toBeUndefined();
    expect(read('extensions: [{name: other, extension: 1}]')).toBeUndefined();
    expect(read('{}')).toBeUndefined();
  });

  it.each([
    ['a name that repeats', 'extensions: [{name: a}, {name: a}]', 'repeats "a"'],
    ['infinity', exec('[.inf]'), 'JSON cannot hold'],
    ['bytes', exec('!!binary aGVsbG8='), 'JSON cannot hold'],
    ['an anchor that contains itself', exec('&a [*a]'), 'JSON cannot hold'],
  ])('refuses %s', (_, text, words) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_FIELD',
        message: expect.stringContaining(words),
      }),
    );
  });
});

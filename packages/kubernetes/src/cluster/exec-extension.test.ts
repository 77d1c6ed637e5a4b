import { describe, expect, it } from 'vitest';
import { Fields } from '../document/fields.js';
import { readKubeconfigText } from '../document/kubeconfig-text.js';
import { readExecExtension } from './exec-extension.js';

const read = async (extensions: string): Promise<unknown> =>
  readExecExtension(
    Fields.of(await readKubeconfigText(extensions, '"f"'), { file: '"f"', directory: '/' }),
  );
const exec = (extension: string) =>
  `extensions: [{name: other, extension: 1}, {name: client.authentication.k8s.io/exec, extension: ${extension}}]`;

describe('readExecExtension', () => {
  it('returns any JSON value', async () => {
    expect(await read(exec('{audience: x, list: [1, null]}'))).toEqual({
      audience: 'x',
      list: [1, null],
    });
    expect(await read(exec('text'))).toBe('text');
    expect(await read(exec('12345678901234567890'))).toBe(12_345_678_901_234_567_890n);
  });

  it('returns undefined where there is none', async () => {
    expect(await read(exec('null'))).toBeUndefined();
    expect(await read('extensions: [{name: other, extension: 1}]')).toBeUndefined();
    expect(await read('{}')).toBeUndefined();
  });

  it.each([
    ['a name that repeats', 'extensions: [{name: a}, {name: a}]', 'repeats "a"'],
    ['infinity', exec('[.inf]'), 'JSON cannot hold'],
    ['bytes', exec('!!binary aGVsbG8='), 'JSON cannot hold'],
  ])('refuses %s', async (_, text, words) => {
    await expect(read(text)).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_FIELD',
        message: expect.stringContaining(words),
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { Fields } from '../document/fields.js';
import { readExecStanza, resolveCommand } from './exec-stanza.js';

const place = { file: '"f"', directory: '/home/me/.kube', entry: 'user "u"', context: 'c' };
const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';
const read = (values: object) =>
  readExecStanza(Fields.of({ command: 'aws', apiVersion: v1beta1, ...values }, place, 'exec'));

describe('readExecStanza', () => {
  it('reads every field, and ignores those that nobody knows', () => {
    const stanza = {
      apiVersion: v1,
      args: ['eks', ''],
      env: [{ name: 'A', value: '1' }, { name: 'B' }],
      interactiveMode: 'Never',
      installHint: 'Get it.',
      provideClusterInfo: true,
      later: 1,
    };
    expect(read(stanza)).toEqual({
      command: 'aws',
      apiVersion: v1,
      args: ['eks', ''],
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '' },
      ],
      interactiveMode: 'Never',
      installHint: 'Get it.',
      provideClusterInfo: true,
    });
  });

  it('fills in the interactive mode for the older versions', () => {
    expect(read({ args: null, env: null }).interactiveMode).toBe('IfAvailable');
    expect(read({ apiVersion: 'client.authentication.k8s.io/v1alpha1' })).toMatchObject({
      interactiveMode: 'IfAvailable',
    });
  });

  it.each([
    [
      'no command',
      { command: '' },
      'Field "exec.command" of user "u" in "f" (context "c") is missing.',
    ],
    ['no version', { apiVersion: null }, '"exec.apiVersion"'],
    ['an unknown version', { apiVersion: 'v1' }, 'is "v1" and must be one of'],
    [
      'v1 without a mode',
      { apiVersion: v1 },
      '"exec.interactiveMode" of user "u" in "f" (context "c") is missing, and v1 has no default',
    ],
    [
      'an unknown mode',
      { interactiveMode: 'never' },
      'is "never" and must be one of "Never", "IfAvailable", "Always"',
    ],
    ['a number among the arguments', { args: ['a', 1] }, '"exec.args[1]"'],
    ['a variable without a name', { env: [{ value: 'x' }] }, '"exec.env[0].name"'],
    [
      'a variable with an equals sign in its name',
      { env: [{ name: 'A=B' }] },
      '"exec.env[0].name"',
    ],
    ['a NUL character', { args: ['a\0b'] }, '"exec.args[0]"'],
  ])('refuses %s', (_, values, words) => {
    expect(() => read(values)).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBECONFIG_FIELD',
        message: expect.stringContaining(words),
      }),
    );
  });
});

describe('resolveCommand', () => {
  it.each([
    ['aws', 'aws'],
    ['./aws', '/k/aws'],
    ['../bin/aws', '/bin/aws'],
    ['/usr/bin/aws', '/usr/bin/aws'],
    ['~/aws', '/k/~/aws'],
    ['a\\b', 'a\\b'],
  ])('makes of %s in /k: %s', (command, expected) => {
    expect(resolveCommand(command, '/k', 'linux')).toBe(expected);
  });

  it.each([
    ['aws', 'aws'],
    ['./bin/aws', 'C:\\k\\bin\\aws'],
    ['.\\aws', 'C:\\k\\aws'],
    ['D:\\aws.exe', 'D:\\aws.exe'],
  ])('B115 W16 makes of %s in C:\\k on Windows: %s', (command, expected) => {
    expect(resolveCommand(command, 'C:\\k', 'win32')).toBe(expected);
  });
});

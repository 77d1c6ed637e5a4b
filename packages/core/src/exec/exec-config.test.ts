import { describe, expect, it } from 'vitest';
import { checkExecCluster, checkExecConfig, type ExecConfig } from './exec-config.js';

const minimal: ExecConfig = {
  command: 'aws',
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
};

describe('an exec config', () => {
  it('gets its defaults in one place', () => {
    expect(checkExecConfig(minimal)).toEqual({
      command: 'aws',
      args: [],
      env: [],
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      installHint: '',
      provideClusterInfo: false,
      stdinUnavailable: false,
      stdinUnavailableMessage: '',
      pluginPolicy: { policyType: 'AllowAll' },
      timeoutMs: undefined,
      maxOutputBytes: 1_048_576,
      cwd: undefined,
    });
  });

  it.each(['v1beta1', 'v1alpha1'] as const)('defaults to IfAvailable in %s', (version) => {
    const apiVersion = `client.authentication.k8s.io/${version}` as const;
    expect(checkExecConfig({ command: 'aws', apiVersion }).interactiveMode).toBe('IfAvailable');
  });

  it('is a copy', () => {
    const args = ['a'];
    const env = [{ name: 'A', value: '1' }];
    const checked = checkExecConfig({ ...minimal, args, env });
    args.push('b');
    Object.assign(env[0] ?? {}, { value: '2' });
    expect(checked).toMatchObject({ args: ['a'], env: [{ name: 'A', value: '1' }] });
  });

  it.each([
    ['command', { command: undefined }],
    ['command', { command: '' }],
    ['command', { command: 5 }],
    ['command', { command: 'a\0b' }],
    ['apiVersion', { apiVersion: undefined }],
    ['apiVersion', { apiVersion: 'client.authentication.k8s.io/v2' }],
    ['interactiveMode', { interactiveMode: undefined }],
    ['interactiveMode', { interactiveMode: 'never' }],
    ['interactiveMode', { interactiveMode: '' }],
    ['args', { args: 'eks' }],
    ['args[1]', { args: ['a', 5] }],
    ['args[0]', { args: ['a\0b'] }],
    ['env', { env: { A: '1' } }],
    ['env[0]', { env: [null] }],
    ['env[0].name', { env: [{ name: '', value: '1' }] }],
    ['env[0].name', { env: [{ name: 'A=B', value: '1' }] }],
    ['env[1].value', { env: [{ name: 'A', value: '' }, { name: 'B' }] }],
    ['env[0].value', { env: [{ name: 'A', value: '\0' }] }],
    ['installHint', { installHint: 5 }],
    ['provideClusterInfo', { provideClusterInfo: 'yes' }],
    ['stdinUnavailable', { stdinUnavailable: 1 }],
    ['stdinUnavailableMessage', { stdinUnavailableMessage: false }],
    ['pluginPolicy', { pluginPolicy: { policyType: 'denyAll' } }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
    ['timeoutMs', { timeoutMs: '60' }],
    ['maxOutputBytes', { maxOutputBytes: 0 }],
    ['maxOutputBytes', { maxOutputBytes: Number.NaN }],
    ['cwd', { cwd: '' }],
    ['timeout', { timeout: 5 }],
  ])('with a wrong "%s" is refused by name', (name, wrong) => {
    const attempt = (): unknown => checkExecConfig({ ...minimal, ...wrong } as ExecConfig);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(`"${name}"`);
  });

  it('quotes a wrong mode, and nothing that could be a secret', () => {
    const wrong = (interactiveMode: string) => (): unknown =>
      checkExecConfig({ ...minimal, interactiveMode } as ExecConfig);
    expect(wrong('Sometimes')).toThrow('not "Sometimes"');
    expect(wrong('a b\nc')).toThrow('not a string');
  });
});

describe('a cluster for a plugin', () => {
  it('is kept only where the plugin gets to see it', () => {
    expect(checkExecCluster({ server: 'https://a' }, true)).toEqual({ server: 'https://a' });
    expect(checkExecCluster({ server: 'https://a' }, false)).toBeUndefined();
    expect(checkExecCluster(undefined, false)).toBeUndefined();
  });

  it.each([
    ['provideClusterInfo', undefined],
    ['cluster.server', {}],
    ['cluster.tlsServerName', { server: '', tlsServerName: 5 }],
    ['cluster.insecureSkipTlsVerify', { server: '', insecureSkipTlsVerify: 'true' }],
    ['cluster.certificateAuthorityData', { server: '', certificateAuthorityData: '-----BEGIN' }],
    ['cluster.proxyUrl', { server: '', proxyUrl: new URL('http://a') }],
    ['cluster.disableCompression', { server: '', disableCompression: 1 }],
    ['ca', { server: '', ca: '' }],
  ])('with a wrong "%s" is refused by name', (name, wrong) => {
    const attempt = (): unknown => checkExecCluster(wrong as never, true);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(`"${name}"`);
  });
});

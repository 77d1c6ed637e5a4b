import { describe, expect, it } from 'vitest';
import { encodeExecCluster, encodeExecInfo, pluginEnvironment } from './exec-info.js';

const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';
const v1alpha1 = 'client.authentication.k8s.io/v1alpha1';

describe('what a plugin is told', () => {
  it('is what kubectl sends, byte for byte', () => {
    expect(encodeExecInfo({ apiVersion: v1, interactive: false })).toBe(
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}\n',
    );
    expect(encodeExecInfo({ apiVersion: v1beta1, interactive: true })).toBe(
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":true}}\n',
    );
    expect(encodeExecInfo({ apiVersion: v1alpha1, interactive: false })).toBe(
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1alpha1","spec":{}}\n',
    );
  });

  it('holds the refused answer in v1alpha1, header names spelt and sorted as Go does', () => {
    const headers = { 'www-authenticate': ['x'], a: ['1', '2'], 'odd name': ['3'] };
    const response = { status: 401, headers };
    const info = encodeExecInfo({ apiVersion: v1alpha1, interactive: true, response });
    expect(info).toContain(
      '"spec":{"response":{"header":{"A":["1","2"],"Www-Authenticate":["x"],"odd name":["3"]},"code":401},"interactive":true}',
    );
  });

  it('leaves an empty header out of the refused answer', () => {
    const info = encodeExecInfo({
      apiVersion: v1alpha1,
      interactive: false,
      response: { status: 401, headers: {} },
    });
    expect(info).toContain('"spec":{"response":{"code":401}}');
  });

  it.each([v1, v1beta1] as const)('holds no refused answer in %s', (apiVersion) => {
    const response = { status: 401, headers: { a: ['1'] } };
    expect(encodeExecInfo({ apiVersion, interactive: false, response })).not.toContain('response');
  });

  it('holds the cluster before "interactive", and never in v1alpha1', () => {
    const cluster = encodeExecCluster({ server: '' });
    expect(encodeExecInfo({ apiVersion: v1, interactive: false, cluster })).toContain(
      '"spec":{"cluster":{"server":"","config":null},"interactive":false}}',
    );
    expect(encodeExecInfo({ apiVersion: v1alpha1, interactive: false, cluster })).not.toContain(
      'cluster',
    );
  });
});

describe('what a plugin is told about its cluster', () => {
  it('comes in the order of the Go struct', () => {
    const encoded = encodeExecCluster({
      config: { b: 1, a: [true, null, 'x'] },
      disableCompression: true,
      proxyUrl: 'http://127.0.0.1:1/',
      certificateAuthorityData: 'YmF6',
      insecureSkipTlsVerify: true,
      tlsServerName: 'bar',
      server: 'https://foo',
    });
    expect(encoded).toBe(
      '{"server":"https://foo","tls-server-name":"bar","insecure-skip-tls-verify":true,' +
        '"certificate-authority-data":"YmF6","proxy-url":"http://127.0.0.1:1/","disable-compression":true,' +
        '"config":{"a":[true,null,"x"],"b":1}}',
    );
  });

  it('leaves out what is empty or false', () => {
    const encoded = encodeExecCluster({
      server: 's',
      tlsServerName: '',
      insecureSkipTlsVerify: false,
      certificateAuthorityData: '',
      proxyUrl: '',
      disableCompression: false,
    });
    expect(encoded).toBe('{"server":"s","config":null}');
  });

  it('writes base64 without line breaks, however it came', () => {
    const certificateAuthorityData = 'YmF6\nYmF6\r\n';
    expect(encodeExecCluster({ server: '', certificateAuthorityData })).toContain('"YmF6YmF6"');
  });

  it('escapes what HTML could misread, and U+2028 and U+2029', () => {
    const config = { '<k>': 'a&b\u2028\u2029"\\é' };
    expect(encodeExecCluster({ server: '', config })).toContain(
      '"config":{"\\u003ck\\u003e":"a\\u0026b\\u2028\\u2029\\"\\\\é"}',
    );
  });

  it('keeps every digit of a bigint, and sorts keys by their bytes', () => {
    const config = { '\u{1f511}': 1, '\uff5e': 2, n: 12345678901234567890n };
    expect(encodeExecCluster({ server: '', config })).toContain(
      '"config":{"n":12345678901234567890,"\uff5e":2,"\u{1f511}":1}',
    );
  });

  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  it.each([
    ['infinity', Number.POSITIVE_INFINITY],
    ['a function', () => {}],
    ['a date', { at: new Date(0) }],
    ['a circle', loop],
  ])('refuses %s in "config", naming the option', (_, config) => {
    expect(() => encodeExecCluster({ server: '', config })).toThrow(/"cluster\.config"/);
  });
});

describe('the environment of a plugin', () => {
  it("is the host's, then the config's, then KUBERNETES_EXEC_INFO", () => {
    const host = { A: 'host', B: 'host', GONE: undefined };
    const configured = [
      { name: 'B', value: 'one' },
      { name: 'B', value: 'two' },
      { name: 'KUBERNETES_EXEC_INFO', value: 'mine' },
    ];
    expect(pluginEnvironment(host, configured, 'info', 'linux')).toEqual({
      A: 'host',
      B: 'two',
      KUBERNETES_EXEC_INFO: 'info',
    });
  });

  it('knows no letter case on Windows', () => {
    const configured = [{ name: 'kubernetes_exec_info', value: 'mine' }];
    expect(pluginEnvironment({ Path: 'a' }, configured, 'info', 'win32')).toEqual({
      Path: 'a',
      KUBERNETES_EXEC_INFO: 'info',
    });
  });
});

/** What stands on Object.prototype × source: no material, option or field of a kubeconfig is read from there. */
import { type CredentialSource, createCredentialManager, staticSource } from '@keyturn/core';
import { commandSource, execSource, readVaultToken } from '@keyturn/core/exec';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { oauthSource } from '@keyturn/oauth';
import { describe, expect, it } from 'vitest';

const evil: Readonly<Record<string, unknown>> = {
  token: 'evil',
  headers: { 'x-evil': 'evil' },
  clientCertificate: { certificate: 'evil', privateKey: 'evil' },
  certificate: 'evil',
  privateKey: 'evil',
  clientCertificateData: 'evil',
  clientKeyData: 'evil',
  expiresAt: 1,
  expirationTimestamp: '2001-01-01T00:00:00Z',
  status: { token: 'evil' },
  spec: { interactive: 'evil' },
  command: 'evil',
  args: ['evil'],
  env: [{ name: 'EVIL', value: 'evil' }],
  cwd: '/nowhere',
  shell: true,
  exec: { command: 'evil' },
  interactiveMode: 'Always',
  installHint: 'evil',
  pluginPolicy: { policyType: 'DenyAll' },
  policyType: 'DenyAll',
  allowlist: [],
  timeoutMs: 1,
  maxOutputBytes: 1,
  cluster: { server: 'https://evil.example' },
  server: 'https://evil.example',
  'certificate-authority-data': 'evil',
  'insecure-skip-tls-verify': true,
  'tls-server-name': 'evil',
  'proxy-url': 'http://evil.example',
  tokenFile: '/nowhere',
  username: 'evil',
  path: '/nowhere',
  context: 'evil',
  text: 'evil',
  refreshWindowMs: -1,
  clockSkewMs: -1,
  refusalLimit: { threshold: 0, intervalMs: 0 },
  threshold: -1,
  clock: { now: () => 0 },
  run: () => 'evil',
  modules: ['evil'],
  lifetimeMs: 1,
  input: 'evil',
  auth: { client_token: 'evil' },
  client_token: 'evil',
  expire_time: '2001-01-01T00:00:00Z',
  ttl: 1,
  lease_duration: 1,
  access_token: 'evil',
  expires_in: 1,
  refresh_token: 'evil',
  clientSecret: 'evil',
  clientAssertion: 'evil',
  mutualTls: true,
  useToken: 'id_token',
  state: 'evil',
  file: '/nowhere',
  method: 'DELETE',
  body: 'evil',
  DPoP: 'evil',
  isFinal: true,
  retryAfterMs: 1,
};

const apiVersion = 'client.authentication.k8s.io/v1';
const printed = `{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":{"token":"good"}}`;
const plugin = {
  command: 'printf',
  args: ['%s', printed],
  apiVersion,
  interactiveMode: 'Never',
} as const;

const yaml = `
current-context: it
contexts: [{ name: it, context: { cluster: there, user: me } }]
clusters: [{ name: there, cluster: { server: 'https://good.example' } }]
users: [{ name: me, user: { token: good } }]
`;

const sources: Readonly<Record<string, () => CredentialSource | Promise<CredentialSource>>> = {
  'static source': () => staticSource({ token: 'good' }),
  'source of a program': () => ({ name: 'own', load: async () => ({ token: 'good' }) }),
  'exec source, JSON': () => execSource(plugin),
  'exec source, YAML': () =>
    execSource({ ...plugin, args: ['%s', printed.replace(/^./, '---\n{')] }),
  'command source': () => commandSource({ command: 'printf', args: ['good'] }),
  'command source, JSON': () =>
    commandSource({
      command: 'printf',
      args: ['%s', '{"data":{"id":"good"}}'],
      read: readVaultToken,
    }),
  'OAuth source': () =>
    oauthSource({
      ...{ grant: 'client_credentials', clientId: 'robot', clientSecret: 'good' },
      issuer: 'https://idp.example',
      fetch: async (url, { method, headers, body }) => {
        const isToken = url === 'https://idp.example/token';
        const issuer = 'https://idp.example';
        const answer = isToken
          ? { access_token: 'good', token_type: 'bearer' }
          : { issuer, token_endpoint: `${issuer}/token` };
        if (isToken) {
          expect([method, headers['authorization'], body]).toEqual([
            ...['POST', `Basic ${Buffer.from('robot:good').toString('base64')}`],
            'grant_type=client_credentials',
          ]);
        }
        return {
          status: 200,
          headers: new Headers({ 'content-type': 'application/json' }),
          body: (async function* () {
            yield Buffer.from(JSON.stringify(answer));
          })(),
        };
      },
    }),
  kubeconfig: async () => {
    const loaded = await loadKubeconfig({ text: yaml });
    expect(loaded).toMatchObject({ server: 'https://good.example', context: 'it' });
    expect({ ...loaded.tls }).toEqual({});
    return loaded.source;
  },
};

describe.each(Object.entries(sources))('the %s', (_, make) => {
  it.each(Object.keys(evil))('reads no "%s" from Object.prototype', async (property) => {
    const value = evil[property];
    const held = { __proto__: null, value, configurable: true, writable: true };
    Object.defineProperty(Object.prototype, property, held as PropertyDescriptor);
    try {
      await using manager = createCredentialManager({ source: await make() });
      const { token, clientCertificate, expiresAt } = await manager.current();
      expect([token, clientCertificate, expiresAt]).toEqual(['good', undefined, undefined]);
    } finally {
      Reflect.deleteProperty(Object.prototype, property);
    }
  });
});

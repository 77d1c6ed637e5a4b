import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialManager, createCredentialRegistry, type TrustSource } from '@keyturn/core';
import { createTestAuthority } from '@keyturn/testkit';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadInCluster } from './load-in-cluster.js';
import { loadFrom } from './load-kubeconfig.js';

let directory: string;
let ca: string;
beforeAll(async () => {
  ca = (await createTestAuthority()).certificate;
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyturn-pod-'));
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.0.0.1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
  vi.stubEnv('POD_NAMESPACE', undefined);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** As if it had been written some time ago: nobody waits for the end of a write. */
async function write(name: string, text: string): Promise<void> {
  await writeFile(join(directory, name), text);
  await utimes(join(directory, name), 1, 1);
}
async function mount(files: Readonly<Record<string, string>> = {}): Promise<void> {
  const all = { token: 'of-the-pod', 'ca.crt': ca, namespace: 'team\n', ...files };
  for (const [name, text] of Object.entries(all)) await write(name, text);
}
const failure = (promise: Promise<unknown>): Promise<{ code: string; message: string }> =>
  promise.then(
    () => expect.unreachable('it must be refused'),
    (error) => error,
  );

describe('loadInCluster', () => {
  it('gives all that a binding needs', async () => {
    await mount();
    const loaded = await loadInCluster({ directory });
    expect(loaded).toMatchObject({
      context: 'in-cluster',
      server: 'https://10.0.0.1',
      origin: 'https://10.0.0.1',
      namespace: 'team',
      bindOptions: { origins: ['https://10.0.0.1'], tls: loaded.tls },
    });
    expect((loaded.tls.ca as TrustSource).peek()).toEqual({ generation: 1, pem: ca });
    await using manager = createCredentialManager({ source: loaded.source });
    expect((await manager.current()).token).toBe('of-the-pod');
  });

  it.each([
    ['fd00:10:96::1', '6443', 'https://[fd00:10:96::1]:6443'],
    ['kubernetes.default.svc', '8443', 'https://kubernetes.default.svc:8443'],
  ])('finds the server at %s', async (host, port, server) => {
    await mount();
    vi.stubEnv('KUBERNETES_SERVICE_HOST', host);
    vi.stubEnv('KUBERNETES_SERVICE_PORT', port);
    expect(await loadInCluster({ directory })).toMatchObject({ server, origin: server });
  });

  it('takes POD_NAMESPACE before the file, as kubectl does, and goes without one', async () => {
    await mount();
    vi.stubEnv('POD_NAMESPACE', 'mine');
    expect((await loadInCluster({ directory })).namespace).toBe('mine');
    vi.stubEnv('POD_NAMESPACE', undefined);
    await rm(join(directory, 'namespace'));
    expect(await loadInCluster({ directory })).not.toHaveProperty('namespace');
  });

  it('follows the token as the kubelet renews it', async () => {
    await mount();
    const put = async (version: string, token: string): Promise<void> => {
      await mkdir(join(directory, version));
      await write(`${version}/token`, token);
      await symlink(version, join(directory, '..tmp'));
      await rename(join(directory, '..tmp'), join(directory, '..data'));
    };
    await put('..1', 'one');
    await rm(join(directory, 'token'));
    await symlink('..data/token', join(directory, 'token'));
    const { source } = await loadInCluster({ directory });
    await using manager = createCredentialManager({ source });
    const refused = await manager.current();
    expect(refused.token).toBe('one');
    await put('..2', 'two');
    expect(await manager.invalidate(refused)).toMatchObject({ token: 'two' });
  });

  it.each([
    [{ KUBERNETES_SERVICE_HOST: undefined }, 'KUBERNETES_SERVICE_HOST is not set'],
    [{ KUBERNETES_SERVICE_PORT: '' }, 'KUBERNETES_SERVICE_PORT is not set'],
    [
      { KUBERNETES_SERVICE_HOST: undefined, KUBERNETES_SERVICE_PORT: undefined },
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
    ],
    [{ KUBERNETES_SERVICE_PORT: 'tcp' }, '"10.0.0.1" and "tcp", no host and port'],
    [{ KUBERNETES_SERVICE_HOST: 'a/b' }, 'are "a/b" and "443", no host and port'],
  ])('names the variable: %j', async (variables, said) => {
    await mount();
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const { code, message } = await failure(loadInCluster({ directory }));
    expect(code).toBe('ERR_IN_CLUSTER');
    expect(message).toContain(said);
  });

  it.each([
    ['token', undefined, 'automountServiceAccountToken'],
    ['token', ' \n', 'cannot be used'],
    ['ca.crt', undefined, 'it does not exist'],
    ['ca.crt', 'nothing', 'no PEM certificate'],
  ])('names the file: %s with %j', async (name, text, said) => {
    await mount(text === undefined ? {} : { [name]: text });
    if (text === undefined) await rm(join(directory, name));
    const { code, message } = await failure(loadInCluster({ directory }));
    expect(code).toBe('ERR_IN_CLUSTER');
    expect(message).toContain(join(directory, name));
    expect(message).toContain(said);
    expect(message).not.toContain('..');
  });

  it.each([[{ directory: '' }], [{ directory: 5 }], [{ folder: 'x' }]])(
    'refuses %j',
    async (options) => {
      await expect(loadInCluster(options as object)).rejects.toThrow(TypeError);
    },
  );
});

describe('loadKubeconfig in a pod', () => {
  beforeEach(async () => {
    await mount();
    vi.stubEnv('KUBECONFIG', join(directory, 'config'));
  });

  it('takes the service account where there is no kubeconfig', async () => {
    expect(await loadFrom({ namespace: 'other' }, directory)).toMatchObject({
      context: 'in-cluster',
      namespace: 'other',
    });
  });

  it('gives its one identity a manager where there is a registry', async () => {
    const registry = createCredentialRegistry();
    const { credentials, namespace } = await loadFrom({ registry }, directory);
    expect([namespace, registry.size]).toEqual([(await loadFrom({}, directory)).namespace, 0]);
    expect(await credentials?.current()).toMatchObject({ token: expect.any(String) });
    await credentials?.close();
  });

  it('takes it where the kubeconfig is empty', async () => {
    await write('config', '');
    expect((await loadFrom({}, directory)).context).toBe('in-cluster');
  });

  it('leaves it where a kubeconfig says something', async () => {
    await write('config', 'clusters: [{name: c}]');
    expect((await failure(loadFrom({}, directory))).code).toBe('ERR_KUBECONFIG_CONTEXT');
  });

  it.each([{ context: 'x' }, { cluster: 'x' }, { user: 'x' }, { path: 'x' }])(
    'leaves it to whoever asks for %j',
    async (options) => {
      expect((await failure(loadFrom(options, directory))).code).toBe('ERR_KUBECONFIG_READ');
    },
  );

  it('leaves it outside of a pod', async () => {
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    expect((await failure(loadFrom({}, directory))).code).toBe('ERR_KUBECONFIG_READ');
  });

  it('says what the pod lacks', async () => {
    await rm(join(directory, 'token'));
    const { code, message } = await failure(loadFrom({}, directory));
    expect(code).toBe('ERR_IN_CLUSTER');
    expect(message).toMatch(/service account/);
  });
});

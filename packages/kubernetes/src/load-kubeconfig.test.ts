import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { createCredentialManager, createCredentialRegistry } from '@keyturn/core';
import { execCredential, scriptedPlugin } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadKubeconfig } from './load-kubeconfig.js';
import type { LoadedKubeconfig } from './loaded-kubeconfig.js';

const server = 'https://api.example:6443';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';
const textWith = (user: object, cluster: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'work',
    contexts: [{ name: 'work', context: { cluster: 'c', user: 'u', namespace: 'team' } }],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
  });
const tokenOf = async (text: string): Promise<string | undefined> => {
  const { source } = await loadKubeconfig({ text });
  await using manager = createCredentialManager({ source });
  return (await manager.current()).token;
};

describe('loadKubeconfig', () => {
  it('gives all that a binding needs', async () => {
    const loaded = await loadKubeconfig({
      text: textWith({ token: 'abc' }, { 'tls-server-name': 'api' }),
    });
    expect(loaded).toEqual({
      context: 'work',
      server,
      origin: server,
      namespace: 'team',
      tls: { servername: 'api' },
      bindOptions: { origins: [server], tls: { servername: 'api' } },
      source: expect.objectContaining({ name: 'user u in the kubeconfig text (context work)' }),
    });
    expect(await tokenOf(textWith({ token: 'abc' }))).toBe('abc');
  });

  it('gives the proxy to each binding, and keeps its password out of what is printed', async () => {
    const proxy = 'http://me:s3cret@proxy.example:3128';
    const loaded = await loadKubeconfig({
      text: textWith({ token: 'abc' }, { 'proxy-url': proxy }),
    });
    expect(loaded.proxy).toBe(proxy);
    const given = { origins: [server], tls: {}, proxy, replay: false };
    expect({ ...loaded.bindOptions, replay: false }).toEqual(given);
    for (const printed of [JSON.stringify(loaded), inspect(loaded, { depth: 9 })]) {
      expect(printed).toContain('http://[redacted]@proxy.example:3128');
      expect(printed).not.toContain('s3cret');
    }
  });

  it('runs the plugin of a user and tells it about the cluster', async () => {
    await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'from-plugin' }) });
    const extension = { name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } };
    const user = { exec: { ...plugin.config, provideClusterInfo: true } };
    expect(await tokenOf(textWith(user, { extensions: [extension] }))).toBe('from-plugin');
    expect(JSON.parse(plugin.execInfos()[0] ?? '')).toMatchObject({
      spec: { cluster: { server, config: { audience: 'x' } }, interactive: false },
    });
  });

  it('says with the credential of a plugin as whom to act, and gives no plugin that would act with other rights', async () => {
    await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'mine' }) });
    const user = { exec: plugin.config, as: 'admin' };
    const { source, execConfig } = await loadKubeconfig({ text: textWith(user) });
    await using manager = createCredentialManager({ source });
    const { token, headers } = await manager.current();
    expect([token, headers?.['Impersonate-User']]).toEqual(['mine', 'admin']);
    expect(execConfig).toBeUndefined();
  });

  it.each([
    ['token', { token: 'abc' }],
    ['username', { username: 'me', password: 's3cret' }],
  ])('says that %s keeps a plugin from running', async (because, held) => {
    const exec = { command: 'get-token', apiVersion: v1beta1, args: ['--secret=s3cret'] };
    const loaded = await loadKubeconfig({ text: textWith({ exec, ...held }) });
    expect(loaded.passedOver).toEqual({ command: 'get-token', because });
    expect(loaded.execConfig).toBeUndefined();
    expect(inspect(loaded, { depth: 9 })).not.toContain('s3cret');
    expect(await loadKubeconfig({ text: textWith(held) })).not.toHaveProperty('passedOver');
  });

  it('lets a user without a credential go on as nobody where that is said, and says otherwise how', async () => {
    const text = textWith({ as: 'admin' });
    await expect(loadKubeconfig({ text })).rejects.toThrow('say "anonymous: true" to the loader');
    const { source } = await loadKubeconfig({ text, anonymous: true });
    await using manager = createCredentialManager({ source });
    const { token, headers } = await manager.current();
    expect([token, headers?.['Impersonate-User']]).toEqual([undefined, 'admin']);
  });

  it('lets a context without a user go on as nobody where that is said', async () => {
    const text = textWith({}).replace(',"user":"u"', '');
    await expect(loadKubeconfig({ text })).rejects.toThrow('"user"');
    const { source } = await loadKubeconfig({ text, anonymous: true });
    await using manager = createCredentialManager({ source });
    expect((await manager.current()).token).toBeUndefined();
  });

  it('lets a login of somebody who acts as another be a login', async () => {
    const exec = { command: 'x', apiVersion: v1beta1, interactiveMode: 'IfAvailable' };
    const { source } = await loadKubeconfig({ text: textWith({ exec, as: 'admin' }) });
    const bare = await loadKubeconfig({ text: textWith({ exec }) });
    expect(source.name).toBe(bare.source.name);
    for (const tookMs of [10, 60_000]) {
      expect(source.mayHaveAsked?.(tookMs)).toBe(bare.source.mayHaveAsked?.(tookMs));
    }
    expect(source.mayHaveAsked?.(60_000)).toBe('perhaps');
    expect(source.isInteractive?.()).toBe(bare.source.isInteractive?.());
  });

  it('does not run the plugin of a user who has a token', async () => {
    await using plugin = await scriptedPlugin({ exitCode: 1 });
    expect(await tokenOf(textWith({ token: 'held', exec: plugin.config }))).toBe('held');
    expect(plugin.runs()).toBe(0);
  });

  it('gives the config of the plugin, but shows none of its secrets', async () => {
    const env = [{ name: 'SECRET', value: 's3cret' }];
    const exec = { command: 'x', apiVersion: 'client.authentication.k8s.io/v1beta1', env };
    const loaded = await loadKubeconfig({ text: textWith({ exec }) });
    expect(loaded.execConfig).toMatchObject({ command: 'x', env });
    expect(loaded.execCluster).toEqual({ server });
    expect(inspect(loaded, { depth: 9 }) + JSON.stringify(loaded)).not.toContain('s3cret');
  });

  it('runs the plugin with the limits, the policy and the ear of the program', async () => {
    const exec = { command: '/bin/sh', args: ['-c', 'echo code >&2; exit 3'], apiVersion: v1beta1 };
    const text = textWith({ exec });
    const texts: string[] = [];
    const onStderr = (said: string): number => texts.push(said);
    const heard = await loadKubeconfig({ text, exec: { onStderr, timeoutMs: 900_000 } });
    expect(heard.execConfig).toMatchObject({ command: '/bin/sh', timeoutMs: 900_000, onStderr });
    const codeOf = async ({ source }: LoadedKubeconfig): Promise<unknown> => {
      await using manager = createCredentialManager({ source });
      return await manager.current().catch(({ code }) => code);
    };
    expect(await codeOf(heard)).toBe('ERR_EXEC_EXIT');
    expect(texts.join('')).toBe('code\n');
    const pluginPolicy = { policyType: 'DenyAll' } as const;
    expect(await codeOf(await loadKubeconfig({ text, exec: { pluginPolicy } }))).toBe(
      'ERR_EXEC_POLICY',
    );
    const short = await loadKubeconfig({ text, timeoutMs: 900_000 });
    expect(short.execConfig?.timeoutMs).toBe(900_000);
  });

  it.each([
    [{}, undefined],
    [{ as: 'admin' }, { 'Impersonate-User': 'admin' }],
  ])(
    'shares one run of the plugin between twenty contexts of a registry: user %j',
    async (more, headers) => {
      await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'shared' }) });
      await using registry = createCredentialRegistry();
      const text = textWith({ exec: plugin.config, ...more });
      const opened = Array.from({ length: 20 }, () => loadKubeconfig({ text, registry }));
      const managers = (await Promise.all(opened)).map(({ credentials }) => credentials);
      await Promise.all(managers.map((manager) => manager.current()));
      expect([plugin.runs(), registry.size]).toEqual([1, 1]);
      await managers[0]?.close();
      const { token, headers: sent } = (await managers[1]?.current()) ?? {};
      expect({ token, headers: sent }).toEqual({ token: 'shared', headers });
    },
  );

  it('gives a user without a plugin a manager of its own, and shows none in the result', async () => {
    await using registry = createCredentialRegistry();
    const loaded = await loadKubeconfig({ text: textWith({ token: 'abc' }), registry });
    await using credentials = loaded.credentials;
    expect([(await credentials.current()).token, registry.size]).toEqual(['abc', 0]);
    expect(Object.keys(loaded)).not.toContain('credentials');
    expect(
      (await loadKubeconfig({ text: textWith({ token: 'abc' }) })).credentials,
    ).toBeUndefined();
  });

  it('resolves what a file names against the directory of that file', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'keyturn-load-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    await writeFile(path.join(directory, 'token'), 'from-file');
    await writeFile(path.join(directory, 'config'), textWith({ tokenFile: 'token' }));
    const { source } = await loadKubeconfig({ path: path.join(directory, 'config') });
    await using manager = createCredentialManager({ source });
    expect(await manager.current()).toMatchObject({ token: 'from-file' });
  });

  it('notices at once that a file of the user is missing', async () => {
    await expect(loadKubeconfig({ text: textWith({ tokenFile: './gone' }) })).rejects.toMatchObject(
      {
        code: 'ERR_KUBECONFIG_READ',
        message: expect.stringContaining(path.resolve('gone')),
      },
    );
  });

  it('names the text once that it cannot read', async () => {
    await expect(loadKubeconfig({ text: 'a: [' })).rejects.toThrow(
      /^The kubeconfig text is not valid YAML/,
    );
  });

  it.each([
    [{ 'client-certificate': '-----BEGIN CERTIFICATE-----\nMIGH', 'client-key': 'a.key' }],
    [{ tokenFile: 'eyJhbGci.eyJzdWIi.MIGH' }],
  ])(
    'shows how a text begins that stands in the place of a path, and no more: %j',
    async (user) => {
      const { message } = await loadKubeconfig({ text: textWith(user) }).catch((error) => error);
      expect(message).toMatch(/^File ".*(?:-----|eyJ)…", which field/);
    },
  );

  it('lists the contexts there are', async () => {
    const wrong = loadKubeconfig({ text: textWith({ token: 'abc' }), context: 'home' });
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_CONTEXT',
      message: 'Context "home" is not in the kubeconfig text. There is "work".',
    });
  });

  it.each([
    ['an unknown option', { kubeconfig: 'x' }],
    ['a path that is no string', { path: 5 }],
    ['an empty path', { path: '' }],
    ['path and text', { path: 'x', text: 'y' }],
    ['a string', 'x'],
    ['a registry that is none', { text: textWith({ token: 'abc' }), registry: {} }],
    ['a word for a flag', { text: textWith({}), anonymous: 'true' }],
    ['an unknown limit', { text: textWith({ token: 'abc' }), exec: { cwd: '/' } }],
    ['a limit of no length', { text: textWith({ token: 'abc' }), exec: { timeoutMs: 0 } }],
    ['an ear that is no function', { text: textWith({ token: 'abc' }), exec: { onStderr: 'x' } }],
  ])('refuses %s', async (_, options) => {
    await expect(loadKubeconfig(options as object)).rejects.toThrow(TypeError);
  });
});

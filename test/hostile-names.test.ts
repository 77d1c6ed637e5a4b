/** What a kubeconfig, a plugin or an option of somebody else is called never steers the terminal that an error is shown on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createCredentialManager, firstOf, staticSource } from '@keyturn/core';
import { originScope } from '@keyturn/core/binding';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { bindHttps } from '@keyturn/https';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { afterAll, describe, expect, it } from 'vitest';

// A title, a cleared line, C1, an overwritten line, text turned around, an invisible character, a second line.
const hostile =
  '\u001b]0;title\u0007\u001b[2K\u009b1A\rover\bx\u202egpj\u2066\u200b\u2028\n[error] forged';
const steering = /[^\P{C}\n\t]|[\u2028\u2029]/u;

const directory = mkdtempSync(join(tmpdir(), 'keyturn-hostile-'));
afterAll(() => rmSync(directory, { recursive: true }));
const script = (text: string): string => {
  const path = join(directory, `plugin-${hostile.replaceAll('\n', '')}`);
  writeFileSync(path, `#!/bin/sh\n${text}`, { mode: 0o700 });
  return path;
};

const exec = (config: Partial<ExecConfig>) => () =>
  createCredentialManager({
    source: execSource({
      command: 'unused',
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
      ...config,
    }),
  }).current();
const kubeconfig =
  (part: object, options: object = {}) =>
  () =>
    loadKubeconfig({ text: JSON.stringify({ ...good, ...part }), ...options });
const good = {
  'current-context': 'c',
  contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  clusters: [{ name: 'k', cluster: { server: 'https://localhost:1' } }],
  users: [{ name: 'u', user: { token: 'x' } }],
};
const hostileContext = {
  'current-context': hostile,
  contexts: [{ name: hostile, context: { cluster: hostile, user: hostile } }],
};
const clusters = (cluster: object) => ({
  ...hostileContext,
  clusters: [{ name: hostile, cluster }],
});
const users = (user: object) => ({
  ...clusters({ server: 'https://localhost:1' }),
  users: [{ name: hostile, user }],
});
const unknown: object = { [hostile]: 1 };
const stanza = { command: 'x', apiVersion: 'client.authentication.k8s.io/v1beta1' };
const failing = (error: unknown) => ({ name: hostile, load: () => Promise.reject(error) });
const managed = (source: Parameters<typeof createCredentialManager>[0]['source']) => () =>
  createCredentialManager({ source }).current();

const attempts: Readonly<Record<string, () => unknown>> = {
  'a missing program': exec({
    command: hostile,
    // A hint may have several lines.
    installHint: hostile.replaceAll('\n', ''),
  }),
  'a missing path': exec({ command: `/x/${hostile}` }),
  'a refused program': exec({ command: hostile, pluginPolicy: { policyType: 'DenyAll' } }),
  'a program that is not listed': exec({
    command: hostile,
    pluginPolicy: { policyType: 'Allowlist', allowlist: [{ command: 'other' }] },
  }),
  'a policy': exec({ pluginPolicy: { policyType: hostile as 'DenyAll' } }),
  'an entry of a policy': exec({
    pluginPolicy: { policyType: 'Allowlist', allowlist: [{ command: `./${hostile}//` }] },
  }),
  'a criterion': exec({
    pluginPolicy: { policyType: 'Allowlist', allowlist: [{ command: 'x', ...unknown }] },
  }),
  'a directory': exec({ command: process.execPath, cwd: `/x/${hostile}` }),
  'a large variable': exec({
    command: process.execPath,
    env: [{ name: hostile, value: 'x'.repeat(300_000) }],
  }),
  'a reason': exec({
    interactiveMode: 'Always',
    stdinUnavailable: true,
    stdinUnavailableMessage: hostile,
  }),
  'an option': exec({ ...unknown }),
  'a value of an option': exec({ interactiveMode: hostile as 'Never' }),
  'stderr of a plugin that fails': () =>
    exec({ command: script("printf '\\033[2K\\233\\b\\r' >&2; exit 3") })(),
  'stderr of a plugin that prints nothing': () =>
    exec({ command: script("printf '\\033[2K' >&2") })(),
  'a plugin that is ended by a signal': () => exec({ command: script('kill -9 $$') })(),
  'a plugin that takes long': () => exec({ command: script('exec sleep 60'), timeoutMs: 50 })(),
  'a plugin that prints much': () => exec({ command: script('echo much'), maxOutputBytes: 2 })(),
  'what a plugin prints': () =>
    exec({ command: script('printf \'{"\\033": 1, "kind": "\\033"}\'') })(),
  'a source that fails': managed(failing(new Error(hostile))),
  'a source that gives nothing': managed({
    ...staticSource({ token: 'x' }),
    name: hostile,
    load: async () => ({}),
  }),
  'a source of a useless token': managed({ name: hostile, load: async () => ({ token: 'a\nb' }) }),
  'a source of a useless pair': managed({
    name: hostile,
    load: async () => ({ clientCertificate: { certificate: hostile, privateKey: hostile } }),
  }),
  'a source of a useless time': managed({
    name: hostile,
    load: async () => ({ token: 'a', expiresAt: Number.NaN }),
  }),
  'several sources': managed(firstOf(failing(new Error(hostile)), failing(new Error(hostile)))),
  'a closed manager': async () => {
    const manager = createCredentialManager({ source: failing(new Error('x')) });
    await manager.close();
    await manager.current();
  },
  'an event': () =>
    createCredentialManager({ source: failing(0) }).on(hostile as 'rotated', () => {}),
  'an origin': () => originScope({ origins: [hostile] }),
  'an origin in clear text': () => originScope({ origins: [`http://h/${hostile}`] }),
  'an option of a binding': () =>
    bindHttps(createCredentialManager({ source: failing(0) }), { origins: [], ...unknown }),
  'a path': () => loadKubeconfig({ path: `/x/${hostile}` }),
  'a path through a file': () => loadKubeconfig({ path: `${process.execPath}/${hostile}` }),
  'an option of loadKubeconfig': () => loadKubeconfig({ ...unknown }),
  'a context that is not there': kubeconfig({ 'current-context': hostile }),
  'a context that was asked for': kubeconfig(hostileContext, { context: `${hostile}2` }),
  'no context': kubeconfig({ ...hostileContext, 'current-context': undefined }),
  'a cluster that is not there': kubeconfig(hostileContext),
  'a kind': kubeconfig({ kind: hostile, apiVersion: hostile }),
  'a name that repeats': kubeconfig({ users: [{ name: hostile }, { name: hostile }] }),
  'a server': kubeconfig(clusters({ server: hostile })),
  'a server in clear text': kubeconfig(clusters({ server: `http://example.com/${hostile}` })),
  'a proxy': kubeconfig(clusters({ server: 'https://localhost:1', 'proxy-url': hostile })),
  'the file of an authority': kubeconfig(
    clusters({ server: 'https://localhost:1', 'certificate-authority': `/x/${hostile}` }),
  ),
  'an authority': kubeconfig(
    clusters({ server: 'https://localhost:1', 'certificate-authority-data': hostile }),
  ),
  'an extension': kubeconfig(
    clusters({ server: 'https://localhost:1', extensions: [{ name: hostile }, { name: hostile }] }),
  ),
  'a user without credentials': kubeconfig(users({ [hostile]: hostile })),
  'a token': kubeconfig(users({ token: hostile })),
  'the file of a token': kubeconfig(users({ tokenFile: `/x/${hostile}` })),
  'the file of a key': kubeconfig(
    users({ 'client-certificate': `/x/${hostile}`, 'client-key': `/x/${hostile}` }),
  ),
  'an auth provider': kubeconfig(users({ 'auth-provider': { name: hostile } })),
  impersonation: kubeconfig(users({ token: 'x', as: hostile })),
  'a version of the exec API': kubeconfig(users({ exec: { ...stanza, apiVersion: hostile } })),
  'an interactive mode': kubeconfig(users({ exec: { ...stanza, interactiveMode: hostile } })),
  'a variable': kubeconfig(users({ exec: { ...stanza, env: [{ name: `${hostile}=` }] } })),
  'an argument': kubeconfig(users({ exec: { ...stanza, args: [{ [hostile]: 1 }] } })),
};

describe('the error about', () => {
  it.each(Object.entries(attempts))('%s shows no control character', async (_, attempt) => {
    const error: unknown = await Promise.resolve()
      .then(attempt)
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
    expect(error).toBeInstanceOf(Error);
    const { message, stack, stderr = '' } = error as Error & { readonly stderr?: string };
    expect(`${message}${stack}${stderr}`).not.toMatch(steering);
    expect(inspect(error)).not.toMatch(steering);
    expect(message).not.toMatch(/\n\[error] forged/);
  });
});

import { createCredentialRegistry } from '@keyturn/core';
import { execCredential, scriptedPlugin } from '@keyturn/testkit';
import { expect, it, onTestFinished } from 'vitest';
import type { ExecConfig } from '../exec/exec-config.js';

const config: ExecConfig = {
  command: 'never-run',
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
};
const clusterOf = (server: string) => ({ cluster: { server } });

it('runs a plugin once for all who ask for the same configuration', async () => {
  await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'shared' }) });
  const registry = createCredentialRegistry();
  onTestFinished(() => registry.close());
  const { env, ...rest } = plugin.config;
  const leases = [registry.acquire(plugin.config), registry.acquire({ env, ...rest })];
  const credentials = await Promise.all(leases.map(({ manager }) => manager.current()));
  expect(new Set(credentials).size).toBe(1);
  expect(plugin.runs()).toBe(1);
});

it.each([
  [{ args: ['a b'] }, { args: ['a', 'b'] }],
  [{ args: [] }, {}],
  [{ installHint: 'x' }, {}],
  [{ timeoutMs: 5 }, {}],
])('keeps %j and %j apart', (one, other) => {
  const registry = createCredentialRegistry();
  onTestFinished(() => registry.close());
  registry.acquire({ ...config, ...one });
  registry.acquire({ ...config, ...other });
  expect(registry.size).toBe(2);
});

it('tells clusters apart only where the plugin gets to see them', () => {
  const registry = createCredentialRegistry();
  onTestFinished(() => registry.close());
  registry.acquire(config, clusterOf('https://a.example'));
  registry.acquire(config, clusterOf('https://b.example'));
  expect(registry.size).toBe(1);
  registry.acquire({ ...config, provideClusterInfo: true }, clusterOf('https://a.example'));
  registry.acquire({ ...config, provideClusterInfo: true }, clusterOf('https://b.example'));
  expect(registry.size).toBe(3);
});

it('runs a plugin once for all who act as the same somebody, and once more for another', async () => {
  await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'shared' }) });
  const registry = createCredentialRegistry();
  onTestFinished(() => registry.close());
  const as = (name: string) =>
    registry.acquire(plugin.config, { headers: { 'Impersonate-User': name } }).manager.current();
  const [one, same, other] = await Promise.all([as('a'), as('a'), as('b')]);
  expect(same).toBe(one);
  expect([one, other].map(({ headers }) => headers?.['Impersonate-User'])).toEqual(['a', 'b']);
  expect(plugin.runs()).toBe(2);
});

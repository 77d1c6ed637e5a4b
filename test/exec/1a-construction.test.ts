import { type CredentialRegistry, createCredentialRegistry } from '@keyturn/core';
import { type ExecCluster, type ExecConfig, execSource } from '@keyturn/core/exec';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { expect, it, onTestFinished } from 'vitest';
import {
  answer,
  failureOf,
  heardOn,
  kubeconfig,
  manage,
  pretend,
  shell,
  v1,
  v1alpha1,
  v1beta1,
} from './plugin-stage.js';

const config: ExecConfig = { command: 'never-run', apiVersion: v1, interactiveMode: 'Never' };
const cluster: ExecCluster = { server: 'https://a.example' };

function registry(): CredentialRegistry {
  const made = createCredentialRegistry();
  onTestFinished(() => made.close());
  return made;
}

/** Tells whether two configs, on their clusters, share a manager. Each lease has its own face of it. */
function share(one: [ExecConfig, ExecCluster?], other: [ExecConfig, ExecCluster?]): boolean {
  const shared = registry();
  for (const [stanza, on = cluster] of [one, other]) shared.acquire(stanza, { cluster: on });
  return shared.size === 1;
}

it('B01 shares one manager among equal configs of one registry, and nothing between registries', () => {
  expect(share([{ ...config, args: ['x'] }], [{ ...config, args: ['x'] }])).toBe(true);
  const registries = [registry(), registry()];
  for (const { acquire } of registries) acquire(config);
  expect(registries.map(({ size }) => size)).toEqual([1, 1]);
});

it('B02 gives everyone in a race the manager that was made first', async () => {
  const shared = registry();
  await Promise.all(Array.from({ length: 20 }, async () => shared.acquire({ ...config })));
  expect(shared.size).toBe(1);
});

it('B03 W18 closes a manager, and drops its secrets, with the last lease on it', async () => {
  const shared = registry();
  const stanza = shell(`echo '${answer({ token: 'a-token' })}'`);
  const leases = [shared.acquire(stanza), shared.acquire(stanza)] as const;
  expect((await leases[0].manager.current()).token).toBe('a-token');
  await leases[0].release();
  expect(leases[1].manager.peek()?.token).toBe('a-token');
  await leases[1].release();
  expect(leases[1].manager.peek()).toBeUndefined();
  expect(shared.size).toBe(0);
});

// Complete by type: a field that is added to either interface has to be added here.
const otherConfig = {
  command: 'other',
  args: ['x'],
  env: [{ name: 'A', value: '1' }],
  apiVersion: v1beta1,
  interactiveMode: 'IfAvailable',
  installHint: 'x',
  provideClusterInfo: true,
  stdinUnavailable: true,
  stdinUnavailableMessage: 'x',
  pluginPolicy: { policyType: 'DenyAll' },
  timeoutMs: 5,
  maxOutputBytes: 5,
  cwd: '/',
  onStderr: () => {},
} as const satisfies Required<ExecConfig>;
const otherCluster = {
  server: 'https://b.example',
  tlsServerName: 'x',
  insecureSkipTlsVerify: true,
  certificateAuthorityData: 'YmF6',
  proxyUrl: 'http://proxy.example',
  disableCompression: true,
  config: { audience: 'x' },
} as const satisfies Required<ExecCluster>;

it.each(Object.entries(otherConfig))('B04 counts %s as a part of what is shared', (name, value) => {
  expect(share([config], [{ ...config, [name]: value }])).toBe(false);
  const alike: unknown = typeof value === 'function' ? value : structuredClone(value);
  expect(share([{ ...config, [name]: value }], [{ ...config, [name]: alike }])).toBe(true);
});

it.each(Object.entries(otherCluster))(
  'B04 counts %s of a cluster that the plugin gets to see',
  (name, value) => {
    const telling = { ...config, provideClusterInfo: true };
    expect(share([telling], [telling, { ...cluster, [name]: value }])).toBe(false);
    expect(share([telling], [telling, structuredClone(cluster)])).toBe(true);
  },
);

it('B04 compares integers of any size', () => {
  const telling = { ...config, provideClusterInfo: true };
  const on = (id: bigint): ExecCluster => ({ ...cluster, config: { id } });
  expect(share([telling, on(2n ** 64n)], [telling, on(2n ** 64n)])).toBe(true);
  expect(share([telling, on(2n ** 64n)], [telling, on(2n ** 64n + 1n)])).toBe(false);
});

it.each([
  ['arguments', { args: ['a b'] }, { args: ['a', 'b'] }],
  ['limits', { maxOutputBytes: 5 }, { timeoutMs: 5 }],
  [
    'variables',
    { env: [{ name: 'A', value: '1} {B 2' }] },
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
  ],
])('B05 W13 never takes two %s for one', (_, one, other) => {
  expect(share([{ ...config, ...one }], [{ ...config, ...other }])).toBe(false);
});

it('B06 tells an empty list of arguments from none', () => {
  expect(share([{ ...config, args: [] }], [config])).toBe(false);
  expect(share([{ ...config, args: undefined }], [config])).toBe(true);
});

it('B07 shares one credential between clusters that the plugin does not get to see', () => {
  const there = { server: 'https://b.example', config: { audience: 'x' } };
  expect(share([config], [config, there])).toBe(true);
  const telling = { ...config, provideClusterInfo: true };
  expect(share([telling], [telling, there])).toBe(false);
});

it.each([v1, v1beta1, v1alpha1] as const)('B08 speaks %s', async (apiVersion) => {
  const { load, execInfos } = pretend({ apiVersion });
  expect(await load()).toEqual({ token: 'a-token' });
  expect(execInfos()[0]).toContain(`"apiVersion":"${apiVersion}"`);
});

it.each(['client.authentication.k8s.io/v2', 'v1', ''])(
  'B09 refuses API version "%s" when the source is made',
  (apiVersion) => {
    const attempt = (): unknown => execSource({ ...config, apiVersion: apiVersion as typeof v1 });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/"apiVersion" of execSource must be one of "client\.auth.*v1"/);
  },
);

it('B10 keeps no trace of a config that is not valid, and refuses it every time', () => {
  const shared = registry();
  const wrong = { ...config, apiVersion: 'v9' as typeof v1 };
  expect(() => shared.acquire(wrong)).toThrow(/"apiVersion"/);
  expect(() => shared.acquire(wrong)).toThrow(/"apiVersion"/);
  const loop: { self?: unknown } = {};
  loop.self = loop;
  const on = { ...cluster, config: loop };
  const telling = { ...config, provideClusterInfo: true };
  expect(() => shared.acquire(telling, { cluster: on })).toThrow(/"cluster.config"/);
  expect(shared.size).toBe(0);
});

it('B11 judges the plugin policy itself when the source is made', () => {
  const pluginPolicy = { policyType: 'Allowlist' } as const;
  expect(() => execSource({ ...config, pluginPolicy })).toThrow(/invalid plugin policy: .*list/);
});

it('B12 adds the variables of the config in their order', async () => {
  const env = [
    { name: 'KEYTURN_A', value: 'first' },
    { name: 'KEYTURN_B', value: '3=4' },
    { name: 'KEYTURN_A', value: 'last' },
  ];
  const script = `printf '${answer({ token: '%s' })}' "$KEYTURN_A-$KEYTURN_B"`;
  const manager = manage({ source: execSource(shell(script, { env })) });
  expect((await manager.current()).token).toBe('last-3=4');
});

it.each([
  ['a/../plugin', './plugin'],
  ['./plugin', './plugin'],
  ['/opt//plugin/', '/opt/plugin'],
  ['plugin', 'plugin'],
])('B13 cleans %s to %s: a path stays a path', async (command, cleaned) => {
  const { load, runs } = pretend({ command });
  await load();
  expect(runs[0]?.command).toBe(cleaned);
  expect(() => pretend({ command: '' })).toThrow(/"command"/);
});

it('B14 refuses an auth provider beside a plugin', async () => {
  const user = { exec: { command: 'x', apiVersion: v1beta1 }, 'auth-provider': { name: 'gcp' } };
  const error = await failureOf(loadKubeconfig({ text: kubeconfig(user) }));
  expect(error.message).toContain('"auth-provider"');
  expect(error.message).toContain('exec plugin');
});

it('B15 makes no message that nobody listens to, and registers nothing', async () => {
  await pretend().load();
  const calls = heardOn('keyturn:exec');
  await pretend().load();
  expect(calls).toHaveLength(1);
});

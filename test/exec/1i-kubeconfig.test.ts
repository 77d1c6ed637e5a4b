import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { bindHttps } from '@keyturn/https';
import { type LoadedKubeconfig, loadKubeconfig } from '@keyturn/kubernetes';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  expectTokens,
  failureOf,
  failureOfRun,
  kubeconfig,
  manage,
  shell,
  startServer,
  tokens,
  v1,
  v1beta1,
} from './plugin-stage.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-kubeconfig-rows-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

const exec = { command: 'plugin', apiVersion: v1beta1 };

const load = (user: object, cluster: object = {}): Promise<LoadedKubeconfig> =>
  loadKubeconfig({ text: kubeconfig(user, cluster) });

async function stanza(changes: object, cluster: object = {}): Promise<ExecConfig | undefined> {
  return (await load({ exec: { ...exec, ...changes } }, cluster)).execConfig;
}

/** What loadKubeconfig says against a stanza. */
async function problemOf(changes: object): Promise<string> {
  const { code, message } = await failureOf(stanza(changes));
  return `${code} ${message}`;
}

it.each([
  ['command', { command: '' }, 'is missing'],
  ['apiVersion', { apiVersion: null }, 'is missing'],
  ['env[1].name', { env: [{ name: 'A' }, { name: '', value: 'x' }] }, 'is missing'],
])('B108 names "%s" when it is missing', async (field, changes, fact) => {
  expect(await problemOf(changes)).toMatch(/^ERR_KUBECONFIG_FIELD /);
  expect(await problemOf(changes)).toContain(`"exec.${field}"`);
  expect(await problemOf(changes)).toContain(fact);
});

it('B108 takes an empty value, and lists that are null', async () => {
  const taken = await stanza({ args: null, env: [{ name: 'A', value: '' }] });
  expect(taken).toMatchObject({ args: [], env: [{ name: 'A', value: '' }] });
  expect((await stanza({ env: null }))?.env).toEqual([]);
});

it('B109 fills in IfAvailable for the older versions only', async () => {
  const modeOf = async (apiVersion: string): Promise<unknown> =>
    (await stanza({ apiVersion }))?.interactiveMode;
  expect(await modeOf(v1beta1)).toBe('IfAvailable');
  expect(await modeOf('client.authentication.k8s.io/v1alpha1')).toBe('IfAvailable');
  expect(await problemOf({ apiVersion: v1 })).toContain('"exec.interactiveMode"');
  expect(await problemOf({ interactiveMode: 'never' })).toContain('"exec.interactiveMode"');
});

it('B110 checks a policy where the program adds it to what was loaded', async () => {
  const config = (await stanza({})) as ExecConfig;
  const pluginPolicy = { policyType: 'Allowlist', allowlist: [] } as const;
  expect(() => execSource({ ...config, pluginPolicy })).toThrow(/invalid plugin policy: .*empty/);
});

it.each(['client.authentication.k8s.io/v9', 'example.test/v1'])(
  'B111 refuses API version %s when the kubeconfig is loaded',
  async (apiVersion) => {
    expect(await problemOf({ apiVersion })).toMatch(/^ERR_KUBECONFIG_FIELD .*"exec\.apiVersion"/);
  },
);

it.each([
  ['plain http', 'http://api.example', 'plain http'],
  ['no scheme', 'api.example:6443', 'https://'],
])('B112 W21 says that a server of %s cannot have credentials', async (_, server, words) => {
  const error = await failureOf(load({ exec }, { server }));
  expect(error.code).toMatch(/^ERR_KUBECONFIG_(UNSUPPORTED|FIELD)$/);
  expect(error.message).toContain('"server"');
  expect(error.message).toContain(words);
});

it('B113 loads a plugin beside a token or a user name, and refuses a token beside a user name', async () => {
  const basic = { username: 'me', password: 'x' };
  for (const other of [{ token: 'held' }, basic]) {
    expect((await load({ exec, ...other })).execConfig).toBeUndefined();
  }
  const error = await failureOf(load({ ...basic, token: 'held' }));
  expect(error.code).toBe('ERR_KUBECONFIG_FIELD');
  expect(error.message).toContain('"username"');
});

it('B114 resolves a command with a slash against the directory of its kubeconfig', async () => {
  const commandIn = async (command: string): Promise<string | undefined> => {
    const path = join(directory, 'config');
    writeFileSync(path, kubeconfig({ exec: { ...exec, command } }));
    return (await loadKubeconfig({ path })).execConfig?.command;
  };
  expect(await commandIn('./plugin')).toBe(join(directory, 'plugin'));
  expect(await commandIn('../bin/plugin')).toBe(resolve(directory, '../bin/plugin'));
  expect(await commandIn('~/plugin')).toBe(join(directory, '~/plugin'));
  expect(await commandIn('/opt/plugin')).toBe('/opt/plugin');
  expect(await commandIn('plugin')).toBe('plugin');
  expect(await commandIn('$PLUGIN')).toBe('$PLUGIN');
});

it('B116 starts at the working directory where a kubeconfig is text', async () => {
  expect((await stanza({ command: './plugin' }))?.command).toBe(resolve('plugin'));
});

it('B117 spells out what could steer a terminal, and keeps all that is text', async () => {
  const kept = 'a\t\u00e9\u0301 5\u2167 .\u00bb +\u20ac \u00a0\nb';
  const installHint = `\u001b[1mBold\u001b[0m \u0007\u200b\u009b\r\u2028|${kept}|`;
  const error = await failureOfRun(shell('', { command: 'no-such-plugin-xyz', installHint }));
  expect(error.message).toContain('U+001B[1mBoldU+001B[0m U+0007U+200BU+009BU+000DU+2028|');
  expect(error.message).toContain(`|${kept}|`);
});

describe('B118 the extension for plugins', () => {
  const extension = (value: unknown, name = 'client.authentication.k8s.io/exec'): object => ({
    name,
    extension: value,
  });
  const configOf = async (...extensions: object[]): Promise<unknown> => {
    const user = { exec: { ...exec, provideClusterInfo: true } };
    return (await load(user, { extensions })).execCluster?.config;
  };

  it.each([{ audience: 'x', a: [1, null] }, 'text', 5, [true], false])(
    'B118 %j becomes the config of the cluster',
    async (value) => {
      expect(await configOf(extension('other', 'other'), extension(value))).toEqual(value);
    },
  );

  it('B118 may be null or missing, and stands there once', async () => {
    expect(await configOf(extension(null))).toBeUndefined();
    expect(await configOf(extension('x', 'other'))).toBeUndefined();
    expect((await failureOf(configOf(extension(1), extension(2)))).message).toContain('repeats');
  });
});

it('B119 ignores fields of the stanza that it does not know', async () => {
  expect(await stanza({ colour: 'red', timeout: 3 })).toMatchObject({ command: 'plugin' });
});

it('B120 asks no person for a user name, with a plugin or without', async () => {
  expect((await load({ exec })).execConfig).toBeDefined();
  expect((await failureOf(load({}))).message).toContain('every other credential');
});

it('B121 shows no argument, variable or cluster config when what was loaded is printed', async () => {
  const env = [{ name: 'A', value: 's3cret-value' }];
  const extensions = [
    { name: 'client.authentication.k8s.io/exec', extension: { key: 's3cret-config' } },
  ];
  const user = { exec: { ...exec, args: ['--key=s3cret-arg'], env, provideClusterInfo: true } };
  const loaded = await load(user, { extensions });
  const printed = inspect(loaded, { depth: 9 }) + JSON.stringify(loaded) + inspect({ ...loaded });
  expect(printed).not.toContain('s3cret');
  expect(printed).toContain('exec \\"plugin\\"');
});

it('B122 goes on without a credential after unbind(), the TLS settings kept', async () => {
  const server = await startServer();
  const { client, unbind } = bindHttps(manage({ source: tokens() }), {
    origins: [server.url],
    tls: { ca: server.ca },
  });
  onTestFinished(unbind);
  unbind();
  (await client.get(server.url)).resume();
  expectTokens(server, [undefined]);
});

it('B123 W15 never writes a kubeconfig, so no ./name in one turns into a bare name', async () => {
  const path = join(directory, 'untouched');
  const text = kubeconfig({ exec: { ...exec, command: join(directory, 'plugin') } });
  writeFileSync(path, text);
  await loadKubeconfig({ path });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AllowlistEntry, execSource, type PluginPolicy } from '@keyturn/core/exec';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { failureOf, failureOfRun, kubeconfig, pretend, shell, v1beta1 } from './plugin-stage.js';

let directory: string;
const place = (name: string): string => join(directory, name);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-policy-rows-'));
  for (const name of ['plugin', 'other']) {
    writeFileSync(place(name), '#!/bin/sh\n');
    chmodSync(place(name), 0o755);
  }
});

afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => void vi.stubEnv('PATH', directory));

const listing = (...allowlist: (string | AllowlistEntry)[]): PluginPolicy => ({
  policyType: 'Allowlist',
  allowlist: allowlist.map((entry) => (typeof entry === 'string' ? { command: entry } : entry)),
});

/** What a policy says to a run of `command`: undefined when it lets it run. */
async function judge(
  pluginPolicy: PluginPolicy,
  command: string,
  changes: object = {},
): Promise<string | undefined> {
  const { load, runs } = pretend({ command, pluginPolicy, ...changes });
  const problem = await load().then(
    () => undefined,
    ({ code, message }: { code: string; message: string }) => `${code} ${message}`,
  );
  expect(runs).toHaveLength(problem === undefined ? 1 : 0);
  return problem;
}

/** What is wrong with a policy, as it is said when the source is made. */
function problemOf(pluginPolicy: unknown): string {
  try {
    execSource(shell('', { pluginPolicy: pluginPolicy as PluginPolicy }));
    return 'nothing';
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message;
  }
}

it.each(['', 'AllowAll', undefined] as const)(
  'B97 %j allows everything, and takes no list',
  async (policyType) => {
    expect(await judge({ policyType }, 'plugin')).toBeUndefined();
    expect(problemOf({ policyType, allowlist: [] })).toContain(
      `misconfigured credential plugin allowlist: plugin policy is "${policyType ?? ''}" but allowlist is non-nil`,
    );
  },
);

it('B98 DenyAll runs nothing, and takes no list', async () => {
  expect(await judge({ policyType: 'DenyAll' }, 'plugin')).toMatch(
    /^ERR_EXEC_POLICY plugin "plugin" not allowed: policy set to "DenyAll"/,
  );
  expect(problemOf({ policyType: 'DenyAll', allowlist: [] })).toContain('allowlist is non-nil');
});

it('B99 Allowlist needs a list that holds something', () => {
  const subject = 'credential plugin policy set to "Allowlist", but allowlist is';
  expect(problemOf({ policyType: 'Allowlist' })).toContain(`${subject} unspecified`);
  expect(problemOf(listing())).toContain(`${subject} empty; use "DenyAll" policy instead`);
});

it('B100 refuses an entry that is empty or not in its shortest form', () => {
  expect(problemOf(listing('a', ''))).toContain('empty allowlist entry #2');
  expect(problemOf(listing('/usr//plugin'))).toContain(
    'non-normalized file path: "/usr//plugin" vs "/usr/plugin"',
  );
  expect(problemOf(listing('a/../plugin'))).toContain('non-normalized file path');
  expect(problemOf(listing('.'))).toBe('nothing');
});

it.each(['HIGHLYILLEGAL', 'allowall', 'denyall', 'AllowList'])(
  'B101 knows no policy %s',
  (name) => {
    expect(problemOf({ policyType: name })).toContain(`unknown plugin policy: "${name}"`);
  },
);

describe('B102', () => {
  it.each([
    ['plugin', 'plugin'],
    ['plugin', '~/plugin'],
    ['~/plugin', 'plugin'],
    ['~/plugin', '~/plugin'],
    ['~/x/../plugin', 'plugin'],
  ])('B102 allows %s where %s is listed', async (command, entry) => {
    const here = (name: string): string => name.replace('~', directory);
    expect(await judge(listing('foo', here(entry)), here(command))).toBeUndefined();
  });

  it.each([
    ['plugin', 'other'],
    ['plugin', '/elsewhere/plugin'],
    ['~/plugin', '~/other'],
  ])('B102 refuses %s where only %s is listed', async (command, entry) => {
    const here = (name: string): string => name.replace('~', directory);
    expect(await judge(listing(here(entry)), here(command))).toContain('is not permitted');
  });

  it('B102 W28 runs the very file that was judged', async () => {
    const { load, runs } = pretend({ command: 'plugin', pluginPolicy: listing(place('plugin')) });
    await load();
    expect(runs[0]?.file).toBe(place('plugin'));
  });

  it('B102 W28 finds the file once for each run, also where everything is allowed', async () => {
    const { load, runs } = pretend({ command: 'plugin' });
    await load();
    vi.stubEnv('PATH', '/nonexistent');
    await load();
    expect(runs.map(({ file }) => file)).toEqual([place('plugin'), undefined]);
  });
});

it('B103 tells what cannot be looked up from what is not permitted', async () => {
  const policy = listing('plugin');
  expect(await judge(policy, 'missing')).toContain(
    'plugin path "missing" cannot be resolved for credential plugin allowlist check: ',
  );
  expect(await judge(policy, 'other')).toContain(
    'plugin path "other" is not permitted by the credential plugin allowlist',
  );
});

it('B104 lets a listed bare name pass that is nowhere, which then is not found, with its hint', async () => {
  const config = shell('', { command: 'missing', installHint: 'Get it.' });
  const error = await failureOfRun({ ...config, pluginPolicy: listing('missing') });
  expect(error.code).toBe('ERR_EXEC_NOT_FOUND');
  expect(error.message).toMatch(/Get it\.$/);
});

it('B105 looks entries up on PATH at each run, so that a change is seen', async () => {
  const command = place('plugin');
  const { load, runs } = pretend({ command, pluginPolicy: listing('plugin', 'nowhere') });
  await load();
  vi.stubEnv('PATH', '/nonexistent');
  expect((await failureOf(load())).code).toBe('ERR_EXEC_POLICY');
  vi.stubEnv('PATH', directory);
  await load();
  expect(runs).toHaveLength(2);
});

it('B106 is asked at each run, and comes from the program, never from a kubeconfig', async () => {
  const { load } = pretend({ command: 'plugin', pluginPolicy: { policyType: 'DenyAll' } });
  for (let count = 0; count < 3; count += 1) {
    expect((await failureOf(load())).code).toBe('ERR_EXEC_POLICY');
  }
  const exec = { command: 'plugin', apiVersion: v1beta1, pluginPolicy: { policyType: 'DenyAll' } };
  const { execConfig } = await loadKubeconfig({ text: kubeconfig({ exec }) });
  expect(execConfig).toMatchObject({ command: 'plugin' });
  expect(execConfig).not.toHaveProperty('pluginPolicy');
});

describe('B107 an entry with more criteria', () => {
  const entry = {
    command: 'plugin',
    args: ['get-token', '--cluster=a'],
    env: ['PROFILE', 'REGION'],
  };
  const env = [{ name: 'PROFILE', value: 's3cret-profile' }];

  it.each([
    ['the arguments and fewer variables', { args: entry.args, env }],
    ['the arguments and none', { args: entry.args }],
  ])('B107 allows %s', async (_, changes) => {
    expect(await judge(listing(entry), 'plugin', changes)).toBeUndefined();
    expect(await judge(listing('other', entry), place('plugin'), changes)).toBeUndefined();
  });

  it.each([
    ['another argument', { args: ['get-token', '--cluster=b'], env }],
    ['an argument more', { args: [...entry.args, '--endpoint=x'], env }],
    ['an argument less', { args: ['get-token'], env }],
    ['another order', { args: [...entry.args].reverse(), env }],
    ['no arguments', { env }],
    ['another variable', { args: entry.args, env: [...env, { name: 'LD_PRELOAD', value: 'x' }] }],
  ])('B107 refuses %s, and quotes none', async (_, changes) => {
    const problem = await judge(listing(entry), 'plugin', changes);
    expect(problem).toContain('but not with the arguments or variables of its config');
    expect(problem).not.toMatch(/s3cret|endpoint|LD_PRELOAD/);
  });

  it('B107 allows what one of several entries allows as a whole, and not what two allow in part', async () => {
    const policy = listing({ command: 'plugin', args: ['a'] }, { command: 'plugin', env: ['B'] });
    const other = [{ name: 'C', value: '' }];
    expect(await judge(policy, 'plugin', { args: ['a'], env: other })).toBeUndefined();
    expect(await judge(policy, 'plugin', { args: ['z'] })).toBeUndefined();
    expect(await judge(policy, 'plugin', { args: ['z'], env: other })).toContain('ERR_EXEC_POLICY');
  });

  it('B107 allows no arguments and no variables where its lists are empty', async () => {
    const policy = listing({ command: 'plugin', args: [], env: [] });
    expect(await judge(policy, 'plugin')).toBeUndefined();
    expect(await judge(policy, 'plugin', { args: ['a'] })).toContain('ERR_EXEC_POLICY');
    expect(await judge(policy, 'plugin', { env })).toContain('ERR_EXEC_POLICY');
  });

  it.each([
    [{ command: 'a', args: 'b' }, '"args" of allowlist entry #1 must be an array of strings'],
    [{ command: 'a', env: [1] }, '"env" of allowlist entry #1 must be an array of strings'],
    [{ command: 'a', digest: 'b' }, 'allowlist entry #1 has an unknown criterion "digest"'],
  ])('B107 refuses %j when the source is made', (wrong, words) => {
    expect(problemOf({ policyType: 'Allowlist', allowlist: [wrong] })).toContain(words);
  });
});

import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tty from 'node:tty';
import { inspect } from 'node:util';
import {
  CredentialError,
  createCredentialManager,
  type LoadContext,
  staticSource,
} from '@keyturn/core';
import { type CommandSourceOptions, commandSource, readVaultToken } from '@keyturn/core/exec';
import { manualClock, scriptedPlugin, testSource } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { PluginRun } from './plugin-process.js';

const planted = 'planted-7f3a9c-Zq81Lm';
const initial = (): LoadContext => ({ reason: 'initial', signal: new AbortController().signal });
const shell = (script: string): Pick<CommandSourceOptions, 'command' | 'args'> => ({
  command: '/bin/sh',
  args: ['-c', script],
});

/** A source that runs nothing: it notes what it would have run, and `stdout` is what that prints. */
function pretend(stdout: string | Uint8Array, options: Partial<CommandSourceOptions> = {}) {
  const runs: PluginRun[] = [];
  const clock = manualClock();
  const source = commandSource({
    command: 'tool',
    run: async (run) => {
      runs.push(run);
      return { stdout: Buffer.from(stdout), stderr: 'tool says why' };
    },
    ...options,
  });
  const load = () => source.load({ ...initial(), clock });
  return { source, runs, clock, load };
}

async function failureOf(load: Promise<unknown>): Promise<CredentialError> {
  const error: unknown = await load.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CredentialError);
  return error as CredentialError;
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-command-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('what a program prints', () => {
  it('is a bearer token, kept until a server refuses it', async () => {
    const { source } = pretend('gho_abc\n');
    await using manager = createCredentialManager({ source, clock: manualClock() });
    const credential = await manager.current();
    expect(credential).toMatchObject({ token: 'gho_abc', generation: 1 });
    expect(credential.expiresAt).toBeUndefined();
  });

  it('is asked for again when a server refuses it', async () => {
    const file = join(directory, 'refused');
    writeFileSync(file, 'one');
    await using manager = createCredentialManager({ source: commandSource(shell(`cat ${file}`)) });
    const first = await manager.current();
    writeFileSync(file, 'two');
    expect((await manager.invalidate(first))?.token).toBe('two');
  });

  it('is a token in UTF-16 where PowerShell has written it', async () => {
    const stdout = Buffer.from('\ufeffgho_abc\r\n', 'utf16le');
    expect(await pretend(stdout).load()).toEqual({ token: 'gho_abc' });
  });

  it('is good for as long as the program says, from its start on', async () => {
    const { load, clock } = pretend('abc', { lifetimeMs: 60_000 });
    const startedAt = clock.now();
    expect(await load()).toEqual({ token: 'abc', expiresAt: startedAt + 60_000 });
  });

  it('expires at the earlier of two words', async () => {
    const read = () => ({ token: 'abc', expiresAt: 5 });
    expect(await pretend('x', { read, lifetimeMs: 60_000 }).load()).toMatchObject({ expiresAt: 5 });
    const never = () => ({ token: 'abc', expiresAt: Number.MAX_SAFE_INTEGER });
    const { load, clock } = pretend('x', { read: never, lifetimeMs: 60_000 });
    expect(await load()).toMatchObject({ expiresAt: clock.now() + 60_000 });
  });

  it('is good for no longer although it is an object of a class, such as the credential of a manager', async () => {
    const manager = createCredentialManager({ source: staticSource({ token: 'abc' }) });
    const { load, clock } = pretend('x', { read: () => manager.current(), lifetimeMs: 60_000 });
    expect(await load()).toMatchObject({ token: 'abc', expiresAt: clock.now() + 60_000 });
  });

  it('is good for no longer although it says null of its expiry', async () => {
    const read = () => ({ token: 'abc', expiresAt: null }) as never;
    const { load, clock } = pretend('x', { read, lifetimeMs: 60_000 });
    expect(await load()).toMatchObject({ expiresAt: clock.now() + 60_000 });
  });

  it('keeps an expiry that is no time, for the manager to say what is wrong with it', async () => {
    const read = () => ({ token: 'abc', expiresAt: 'tomorrow' }) as never;
    expect(await pretend('x', { read, lifetimeMs: 60_000 }).load()).toMatchObject({
      expiresAt: 'tomorrow',
    });
  });

  it('is read by a function of your own', async () => {
    const { load, clock } = pretend('{"t":"abc","for":60}', {
      read: async (stdout, { startedAt }) => {
        const { t, for: seconds } = JSON.parse(stdout) as { t: string; for: number };
        return { token: t, expiresAt: startedAt + seconds * 1_000 };
      },
    });
    expect(await load()).toEqual({ token: 'abc', expiresAt: clock.now() + 60_000 });
  });

  it('may be read to a text, which is a bearer token', async () => {
    const { load } = pretend('{"t":"abc"}', { read: (stdout) => JSON.parse(stdout).t });
    expect(await load()).toEqual({ token: 'abc' });
  });
});

describe('a program that prints no credential', () => {
  const bad: [name: string, stdout: string, words: string][] = [
    ['nothing', '', 'it printed nothing'],
    ['two lines', `Welcome.\n${planted}`, 'it printed 2 lines'],
    ['HTML', `<!doctype html><p>${planted}`, 'it printed an HTML page'],
    ['binary data', `\u0000\u0001\u0002${planted}`, 'it printed binary data'],
    ['1 MB', planted.repeat(50_000).slice(0, 1_000_000), 'far more than a token has'],
    ['a JWT that is none', `eyJhbGciOiJIUzI1NiJ9.${planted}.x`, 'begins as a JWT'],
    ['brackets', '['.repeat(200_000), 'nests deeper than 100 levels'],
  ];

  it.each(bad)('but %s fails with one clear error, and what was held stays', async (...given) => {
    const [, stdout, words] = given;
    const outputs = ['good', stdout];
    const source = commandSource({
      command: 'tool',
      run: async () => ({ stdout: Buffer.from(outputs.shift() ?? ''), stderr: 'tool says why' }),
    });
    await using manager = createCredentialManager({ source, clock: manualClock() });
    const held = await manager.current();
    const error = await failureOf(manager.refresh());
    expect(error).toMatchObject({ code: 'ERR_EXEC_OUTPUT', stderr: 'tool says why' });
    expect(error.message).toContain('command "tool": it printed ');
    expect(error.message).toContain(words);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('planted');
    expect(await manager.current()).toBe(held);
  });

  it('but too much is ended', async () => {
    const source = commandSource(shell('head -c 3000000 /dev/zero'));
    expect(await failureOf(source.load(initial()))).toMatchObject({
      code: 'ERR_EXEC_OUTPUT_LIMIT',
      message: expect.stringContaining('A credential has a few thousand'),
    });
  });

  it.each<[string, CommandSourceOptions['read'], string]>([
    ['throws', (stdout) => JSON.parse(stdout), 'that "read" could not read'],
    ['fails later', async (stdout) => JSON.parse(stdout), 'that "read" could not read'],
    ['returns nothing', () => undefined as never, 'returned undefined'],
    ['returns a number', () => 5 as never, 'returned a number'],
    ['returns two words', (stdout) => `${stdout} x`, 'several words'],
  ])(
    'to a function that %s fails with what is known, and quotes nothing',
    async (_, read, words) => {
      const error = await failureOf(pretend(`x-${planted}`, { read }).load());
      expect(error.code).toBe('ERR_EXEC_OUTPUT');
      expect(error.message).toContain(words);
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('planted');
    },
  );

  it('shows what its reader has thrown to who asks for it, and what the output is', async () => {
    const read = () => {
      throw new RangeError('mine');
    };
    const error = await failureOf(pretend('<html>', { read }).load());
    expect(error.original()).toMatchObject({ message: 'mine' });
    expect(error.message).toContain('it printed an HTML page that "read" could not read');
    const empty = await failureOf(pretend('', { read }).load());
    expect(empty.message).toContain('it printed nothing that "read" could not read');
  });

  it('lets an error of a reader through with its code', async () => {
    const read = () => {
      throw new CredentialError('ERR_CREDENTIAL_EXPIRY', 'too old.');
    };
    const error = await failureOf(pretend('x', { read }).load());
    expect(error).toMatchObject({
      code: 'ERR_CREDENTIAL_EXPIRY',
      message: 'command "tool": too old.',
    });
  });
});

describe('the run', () => {
  it('has the limits, the environment and the policy of a plugin, and is told nothing about Kubernetes', async () => {
    vi.stubEnv('PATH', directory);
    onTestFinished(() => void vi.unstubAllEnvs());
    const file = join(directory, 'tool');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    const onStderr = (): void => {};
    const env = [{ name: 'A', value: 'b' }];
    const { load, runs } = pretend('abc', {
      args: ['x'],
      env,
      cwd: '/',
      maxOutputBytes: 9,
      onStderr,
    });
    await load();
    expect(runs[0]).toMatchObject({
      command: 'tool',
      file,
      args: ['x'],
      cwd: '/',
      maxOutputBytes: 9,
      timeoutMs: 60_000,
      interactive: false,
      mayAsk: false,
      onStderr,
    });
    expect(runs[0]?.env).toMatchObject({ A: 'b', PATH: directory });
    expect(runs[0]?.env).not.toHaveProperty('KUBERNETES_EXEC_INFO');
  });

  it('does not happen where the policy does not allow it', async () => {
    const pluginPolicy = { policyType: 'DenyAll' } as const;
    const { load, runs } = pretend('abc', { pluginPolicy });
    expect((await failureOf(load())).code).toBe('ERR_EXEC_POLICY');
    expect(runs).toEqual([]);
  });

  it('that fails says why, without what was printed', async () => {
    const source = commandSource(shell(`echo ${planted}; echo "no login, ${planted}" >&2; exit 3`));
    const error = await failureOf(source.load(initial()));
    expect(error).toMatchObject({ code: 'ERR_EXEC_EXIT', exitCode: 3 });
    expect(error.stderr).toBe('no login, [redacted]');
  });

  it('of a program that is missing tells how to get it, and nothing about plugins', async () => {
    const options = { command: 'no-such-tool-4711', installHint: 'brew install tool' };
    const error = await failureOf(commandSource(options).load(initial()));
    expect(error.code).toBe('ERR_EXEC_NOT_FOUND');
    expect(error.message).toMatch(/\n\nbrew install tool$/);
    expect(error.message).not.toContain('credential plugin');
  });

  it('tells what the program says as it says it', async () => {
    const texts: string[] = [];
    const onStderr = (text: string): void => void texts.push(text);
    await commandSource({ ...shell('echo hello >&2; echo abc'), onStderr }).load(initial());
    expect(texts.join('')).toBe('hello\n');
  });

  it('may ask a person only where that is said', () => {
    const tookMs = 60_000;
    expect(commandSource({ command: 'x' }).mayHaveAsked?.(tookMs)).toBe(false);
    const asking = commandSource({ command: 'x', interactiveMode: 'IfAvailable' });
    expect(asking.mayHaveAsked?.(tookMs)).toBe('perhaps');
  });
});

describe('the input of a program', () => {
  it('arrives on its standard input', async () => {
    const source = commandSource({ ...shell('cat'), input: 'from-the-input\n' });
    expect(await source.load(initial())).toEqual({ token: 'from-the-input' });
  });

  it('is nothing without one', async () => {
    const source = commandSource(shell('cat; echo abc'));
    expect(await source.load(initial())).toEqual({ token: 'abc' });
  });

  it('may be left unread, however long it is', async () => {
    const source = commandSource({ ...shell('echo abc'), input: 'x'.repeat(1_000_000) });
    expect(await source.load(initial())).toEqual({ token: 'abc' });
  });

  it('is not shown in an error', async () => {
    const script = 'read said; echo "cannot use $said" >&2; exit 1';
    const error = await failureOf(
      commandSource({ ...shell(script), input: `${planted}\n` }).load(initial()),
    );
    expect(error.stderr).toBe('cannot use [redacted]');
  });

  it('leaves nobody to type: a program that must ask is not run, even at a terminal', async () => {
    const spy = vi.spyOn(tty, 'isatty').mockReturnValue(true);
    onTestFinished(() => spy.mockRestore());
    const options = { ...shell('cat'), input: 'x', interactiveMode: 'Always' } as const;
    expect(await failureOf(commandSource(options).load(initial()))).toMatchObject({
      code: 'ERR_EXEC_INTERACTIVE',
      message: expect.stringContaining('reads the option "input" from it'),
    });
  });
});

it.each([
  ['command', { command: '' }],
  ['read', { read: 'json' }],
  ['lifetimeMs', { lifetimeMs: 0 }],
  ['lifetimeMs', { lifetimeMs: '1h' }],
  ['input', { input: 5 }],
  ['interactiveMode', { interactiveMode: 'never' }],
  ['args[0]', { args: [5] }],
  ['env[0].name', { env: [{ name: '', value: '' }] }],
  ['pluginPolicy', { pluginPolicy: { policyType: 'denyAll' } }],
  ['run', { run: true }],
  ['onStderr', { onStderr: true }],
  ['apiVersion', { apiVersion: 'client.authentication.k8s.io/v1' }],
  ['provideClusterInfo', { provideClusterInfo: true }],
])('refuses a wrong "%s" when it is made, and calls itself commandSource', (name, wrong) => {
  const make = (): unknown => commandSource({ command: 'x', ...wrong } as never);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(`"${name}"`);
  if (name !== 'lifetimeMs') expect(make).toThrow('commandSource');
});

testSource({
  test: it,
  name: 'commandSource',
  make: async () => {
    const good = {
      stdout: JSON.stringify({ auth: { client_token: planted, lease_duration: 60 } }),
    };
    const plugin = await scriptedPlugin(good);
    const { command, args } = plugin.config;
    return {
      source: commandSource({ command, args, read: readVaultToken }),
      secrets: [planted],
      fail: () => plugin.script({ stdout: `{"token": "${planted}"`, stderr: planted }),
      mend: () => plugin.script(good),
      stall: () => plugin.script({ delayMs: 60_000 }),
      dispose: () => plugin.dispose(),
    };
  },
});

it('ends the run when the manager closes', async () => {
  const started = join(directory, 'running');
  const source = commandSource(shell(`touch ${started}; sleep 30`));
  const controller = new AbortController();
  const failed = failureOf(source.load({ reason: 'initial', signal: controller.signal }));
  await expect.poll(() => existsSync(started)).toBe(true);
  controller.abort();
  expect((await failed).code).toBe('ERR_EXEC_ABORTED');
});

import fs, { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tty from 'node:tty';
import { inspect } from 'node:util';
import {
  type ClientCertificate,
  CredentialError,
  type CredentialMaterial,
  type CredentialSource,
  createCredentialManager,
  type LoadContext,
} from '@keyturn/core';
import { type ExecSourceOptions, execSource } from '@keyturn/core/exec';
import { createTestAuthority, execCredential, manualClock, scriptedPlugin } from '@keyturn/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExecConfig } from './exec-config.js';
import type { PluginRun } from './plugin-process.js';

/** A machine with much to do starts a process late. */

const v1 = 'client.authentication.k8s.io/v1';
const planted = 'k8s-aws-v1.planted-7f3a9c';

const initial = (): LoadContext => ({ reason: 'initial', signal: new AbortController().signal });

/** A source that runs nothing: it notes what it would have run and answers with a token. */
function pretend(
  changes: Partial<ExecConfig> = {},
  options: ExecSourceOptions = {},
): { load: (context?: Partial<LoadContext>) => Promise<CredentialMaterial>; runs: PluginRun[] } {
  const runs: PluginRun[] = [];
  const config: ExecConfig = {
    command: 'plugin',
    apiVersion: v1,
    interactiveMode: 'Never',
    ...changes,
  };
  const source = execSource(config, {
    ...options,
    run: async (run) => {
      runs.push(run);
      const stdout = execCredential({ token: 't', apiVersion: config.apiVersion });
      return { stdout: Buffer.from(stdout), stderr: '' };
    },
  });
  return { load: (context) => source.load({ ...initial(), ...context }), runs };
}

const shell = (script: string, changes: Partial<ExecConfig> = {}): ExecConfig => ({
  command: '/bin/sh',
  args: ['-c', script],
  apiVersion: v1,
  interactiveMode: 'Never',
  ...changes,
});

async function failureOf(load: Promise<unknown>): Promise<CredentialError> {
  const error: unknown = await load.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CredentialError);
  return error as CredentialError;
}

/** Everything that a program could print of an error. */
const printsOf = (error: CredentialError): string =>
  [
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    error.stack,
    error.stderr,
    inspect(error.cause),
    inspect(error.original()),
  ].join('\n');

let directory: string;
let pair: ClientCertificate;
let otherPair: ClientCertificate;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-exec-'));
  const authority = await createTestAuthority();
  pair = await authority.issueClientCertificate();
  otherPair = await authority.issueClientCertificate();
});

afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(() => {
  // What the plugins of these tests say on stderr is nobody's business.
  const { writeSync } = fs;
  vi.spyOn(fs, 'writeSync').mockImplementation(((fd: number, chunk: Buffer, offset?: number) =>
    fd === 2 ? chunk.length : writeSync(fd, chunk, offset)) as typeof writeSync);
  haveTerminal(false);
});

const { openSync } = fs;

/** Whether this process belongs to a terminal: somebody may run the tests in one, or nobody. */
function haveTerminal(has: boolean): void {
  vi.spyOn(fs, 'openSync').mockImplementation((path, ...rest) => {
    if (path !== '/dev/tty') return openSync(path, ...rest);
    if (!has) throw Object.assign(new Error('no terminal'), { code: 'ENXIO' });
    return openSync('/dev/null', 'r');
  });
}

describe('a load', () => {
  it('gives what the plugin printed', async () => {
    const expiresAt = Date.UTC(2030, 0, 1);
    const stdout = execCredential({ token: 't', clientCertificate: pair, expiresAt });
    await using plugin = await scriptedPlugin({ stdout });
    const material = await execSource(plugin.config).load(initial());
    expect(material).toEqual({ token: 't', clientCertificate: pair, expiresAt });
    expect(plugin.execInfos()).toEqual([
      `{"kind":"ExecCredential","apiVersion":"${v1}","spec":{"interactive":false}}\n`,
    ]);
  });

  it('gives the plugin its arguments, its environment and its limits', async () => {
    const env = [{ name: 'A', value: '1' }];
    const { load, runs } = pretend({
      args: ['x'],
      env,
      cwd: '/',
      timeoutMs: 5,
      maxOutputBytes: 500,
    });
    await load();
    expect(runs[0]).toMatchObject({
      command: 'plugin',
      args: ['x'],
      cwd: '/',
      interactive: false,
      timeoutMs: 5,
      maxOutputBytes: 500,
    });
    expect(runs[0]?.env).toMatchObject({ A: '1', PATH: process.env['PATH'] });
  });

  it('reads the environment of this process anew', async () => {
    const { load, runs } = pretend();
    vi.stubEnv('KEYTURN_TEST', 'one');
    await load();
    vi.stubEnv('KEYTURN_TEST', 'two');
    await load();
    expect(runs.map((run) => run.env['KEYTURN_TEST'])).toEqual(['one', 'two']);
  });

  it('tells the plugin about its cluster where the config asks for it', async () => {
    const cluster = { server: 'https://a', config: { audience: 'x' } };
    const asked = pretend({ provideClusterInfo: true }, { cluster });
    const unasked = pretend({}, { cluster });
    await Promise.all([asked.load(), unasked.load()]);
    const infoOf = ({ runs }: typeof asked): string | undefined =>
      runs[0]?.env['KUBERNETES_EXEC_INFO'];
    expect(infoOf(asked)).toContain('"cluster":{"server":"https://a","config":{"audience":"x"}}');
    expect(infoOf(unasked)).not.toContain('cluster');
  });

  it('shows the refused answer to a plugin of v1alpha1', async () => {
    const response = { status: 401, headers: { 'www-authenticate': ['Bearer'] } };
    const { load, runs } = pretend({ apiVersion: 'client.authentication.k8s.io/v1alpha1' });
    await load({ reason: 'rejected', response });
    expect(runs[0]?.env['KUBERNETES_EXEC_INFO']).toContain(
      '"response":{"header":{"Www-Authenticate":["Bearer"]},"code":401}',
    );
  });

  it('finds a bare name on the PATH of this process, and not on that of the config', async () => {
    const there = join(directory, 'plugin');
    writeFileSync(there, '#!/bin/sh\n');
    chmodSync(there, 0o755);
    vi.stubEnv('PATH', directory);
    const found = pretend({ env: [{ name: 'PATH', value: '/nonexistent' }] });
    await found.load();
    expect(found.runs[0]).toMatchObject({ command: 'plugin', file: there });
    vi.stubEnv('PATH', '/nonexistent');
    const lost = pretend({ env: [{ name: 'PATH', value: directory }] });
    await lost.load();
    expect(lost.runs[0]?.file).toBeUndefined();
  });

  it.each([
    ['./plugin', './plugin'],
    ['a/../plugin', './plugin'],
    ['/opt//plugin', '/opt/plugin'],
  ])('takes %s for a path', async (command, file) => {
    const { load, runs } = pretend({ command });
    await load();
    expect(runs[0]).toMatchObject({ command: file, file });
  });

  it('is named after its command, and no terminal minds', () => {
    expect(execSource(shell('')).name).toBe('exec "/bin/sh"');
    expect(execSource(shell('', { command: 'a\u001b[2J' })).name).toBe('exec "aU+001B[2J"');
  });

  it('runs nothing that the policy does not allow', async () => {
    const file = join(directory, 'denied');
    const source = execSource(shell(`touch ${file}`, { pluginPolicy: { policyType: 'DenyAll' } }));
    const error = await failureOf(source.load(initial()));
    expect(error.code).toBe('ERR_EXEC_POLICY');
    expect(error.message).toContain('plugin "/bin/sh" not allowed: policy set to "DenyAll"');
    expect(existsSync(file)).toBe(false);
  });
});

describe('a plugin that may talk to a person', () => {
  it.each([
    ['Never', true, false, false],
    ['IfAvailable', false, false, false],
    ['IfAvailable', false, true, false],
    ['IfAvailable', true, false, true],
    ['IfAvailable', true, true, false],
    ['Always', true, false, true],
  ] as const)(
    'in mode %s, terminal %s, unavailable %s: %s',
    async (interactiveMode, isTerminal, stdinUnavailable, expected) => {
      vi.spyOn(tty, 'isatty').mockReturnValue(isTerminal);
      const { load, runs } = pretend({ interactiveMode, stdinUnavailable });
      await load();
      expect(runs[0]?.interactive).toBe(expected);
      expect(runs[0]?.env['KUBERNETES_EXEC_INFO']).toContain(`"interactive":${expected}`);
      const source = execSource(shell('', { interactiveMode, stdinUnavailable }));
      expect(source.isInteractive?.()).toBe(expected);
    },
  );

  it.each([
    // Mode, standard input is a terminal, the process belongs to one; what becomes of that, and the default limit.
    ['Never', false, false, undefined, 60_000],
    ['Never', false, true, 'withheld', 60_000],
    ['Never', true, true, 'withheld', 60_000],
    ['IfAvailable', false, false, undefined, 300_000],
    ['IfAvailable', false, true, 'shared', undefined],
    ['IfAvailable', true, true, 'shared', undefined],
    ['IfAvailable', true, false, 'shared', undefined],
    ['Always', true, true, 'shared', undefined],
  ] as const)(
    'in mode %s, input from a terminal %s, terminal %s: %s, limit %s',
    async (interactiveMode, isTerminal, has, terminal, timeoutMs) => {
      vi.spyOn(tty, 'isatty').mockReturnValue(isTerminal);
      haveTerminal(has);
      const { load, runs } = pretend({ interactiveMode });
      await load();
      expect(runs[0]).toMatchObject({ terminal, timeoutMs, mayAsk: interactiveMode !== 'Never' });
      const limited = pretend({ interactiveMode, timeoutMs: 7 });
      await limited.load();
      expect(limited.runs[0]?.timeoutMs).toBe(7);
    },
  );

  it('may ask on the terminal although standard input is none, so not in the background', () => {
    const source = execSource(shell('', { interactiveMode: 'IfAvailable' }));
    expect(source.isInteractive?.()).toBe(false);
    haveTerminal(true);
    expect(source.isInteractive?.()).toBe(true);
  });

  it.each([
    [false, false, undefined, 'standard input is not a terminal'],
    [false, true, 'x', 'standard input is not a terminal'],
    [true, true, undefined, 'standard input is unavailable.'],
    [true, true, 'used by apply -f -', 'standard input is unavailable: used by apply -f -.'],
  ])(
    'in mode Always, terminal %s, unavailable %s, is not run',
    async (isTerminal, stdinUnavailable, stdinUnavailableMessage, words) => {
      vi.spyOn(tty, 'isatty').mockReturnValue(isTerminal);
      const { load, runs } = pretend({
        interactiveMode: 'Always',
        stdinUnavailable,
        stdinUnavailableMessage,
      });
      const error = await failureOf(load());
      expect(error.code).toBe('ERR_EXEC_INTERACTIVE');
      expect(error.message).toContain(`exec plugin cannot support interactive mode: ${words}`);
      expect(runs).toEqual([]);
    },
  );

  it('is asked about at every run', async () => {
    const isTerminal = vi.spyOn(tty, 'isatty').mockReturnValue(true);
    const { load, runs } = pretend({ interactiveMode: 'IfAvailable' });
    await load();
    isTerminal.mockReturnValue(false);
    await load();
    expect(runs.map((run) => run.interactive)).toEqual([true, false]);
  });

  it('has all the time in the world, unless the config says otherwise', async () => {
    vi.spyOn(tty, 'isatty').mockReturnValue(true);
    const patient = pretend({ interactiveMode: 'Always' });
    const strict = pretend({ interactiveMode: 'Always', timeoutMs: 5_000 });
    const silent = pretend({ interactiveMode: 'Never' });
    await Promise.all([patient, strict, silent].map(({ load }) => load()));
    const limits = [patient, strict, silent].map(({ runs }) => runs[0]?.timeoutMs);
    expect(limits).toEqual([undefined, 5_000, 60_000]);
  });
});

describe('a missing plugin', () => {
  const missing = (command: string): ExecConfig =>
    shell('', { command, installHint: 'Get it from example.test.\u001b[2J' });

  it.each(['no-such-plugin-xyz', '/nonexistent/plugin', './no-such-plugin'])(
    '%s is named, with a hint how to get it',
    async (command) => {
      const error = await failureOf(execSource(missing(command)).load(initial()));
      expect(error.code).toBe('ERR_EXEC_NOT_FOUND');
      expect(error.message).toContain(`executable ${command} not found`);
      expect(error.message).toContain('https://kubernetes.io/docs/');
      expect(error.message).toMatch(/Get it from example\.test\.U\+001B\[2J$/);
    },
  );

  it('is said to be in no folder of the PATH that was searched', async () => {
    const messageOf = async (command: string): Promise<string> =>
      (await failureOf(execSource(missing(command)).load(initial()))).message;
    vi.stubEnv('PATH', '/no/such/folder:/nor/this');
    expect(await messageOf('no-such-plugin-xyz')).toContain(
      'not found. It is in no absolute folder of the PATH of this program, which is "/no/such/folder:/nor/this". Install it',
    );
    // A path is looked for nowhere else.
    expect(await messageOf('/nonexistent/plugin')).not.toContain('PATH');
    vi.stubEnv('PATH', '');
    expect(await messageOf('no-such-plugin-xyz')).toContain('not found. PATH is empty. Install it');
    vi.unstubAllEnvs();
  });

  it.each([
    ['aws eks get-token', 'what follows it belongs in "args"'],
    ['~/bin/plugin', 'Neither "~" nor a variable is expanded'],
    ['/opt/$' + 'NAME/plugin', 'Neither "~" nor a variable is expanded'],
  ])('is said to be no shell command: %s', async (command, words) => {
    const error = await failureOf(execSource(missing(command)).load(initial()));
    expect(error.message).toContain(words);
  });

  it('is named every time, with the hint ten times in an hour', async () => {
    const source = execSource(missing('no-such-plugin-xyz'), { clock: manualClock() });
    const messages: string[] = [];
    for (let count = 0; count < 12; count += 1) {
      messages.push((await failureOf(source.load(initial()))).message);
    }
    expect(messages.every((message) => message.includes('not found'))).toBe(true);
    expect(messages.filter((message) => message.includes('Get it from'))).toHaveLength(10);
  });
});

describe('bad input', () => {
  const answer = (status: object, apiVersion: string = v1): string =>
    JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token: planted, ...status } });

  /** Prints `stdout`, says the same and more on stderr, then does `then`. */
  const printing =
    (stdout: () => string, then = '') =>
    (): ExecConfig => {
      const file = join(directory, 'stdout');
      writeFileSync(file, stdout());
      return shell(`cat ${file}; cat ${file} >&2; echo 'token: "${planted}"' >&2; ${then}`);
    };
  const broken = (): ExecConfig => {
    const command = join(directory, 'not-executable');
    writeFileSync(command, planted, { mode: 0o644 });
    return shell('', { command });
  };

  const cases: [name: string, config: () => ExecConfig, code: string][] = [
    ['is missing', () => shell('', { command: '/nonexistent' }), 'ERR_EXEC_NOT_FOUND'],
    ['is not executable', broken, 'ERR_EXEC_NOT_EXECUTABLE'],
    ['exits with 1', printing(() => answer({}), 'exit 1'), 'ERR_EXEC_EXIT'],
    ['is killed', printing(() => answer({}), 'kill -9 $$'), 'ERR_EXEC_SIGNAL'],
    ['prints nothing', printing(() => ''), 'ERR_EXEC_OUTPUT'],
    ['prints prose', printing(() => `Logged in, your token is ${planted}`), 'ERR_EXEC_OUTPUT'],
    ['prints half an answer', printing(() => answer({}).slice(0, -3)), 'ERR_EXEC_OUTPUT'],
    ['prints another version', printing(() => answer({}, `${v1}beta1`)), 'ERR_EXEC_VERSION'],
    [
      'prints a token with a line break',
      printing(() => answer({ token: `${planted}\n` })),
      'ERR_CREDENTIAL_TOKEN',
    ],
    [
      'prints a certificate without a key',
      printing(() => answer({ clientCertificateData: pair.certificate })),
      'ERR_CREDENTIAL_CERTIFICATE',
    ],
    [
      'prints a key that does not match',
      printing(() =>
        answer({ clientCertificateData: pair.certificate, clientKeyData: otherPair.privateKey }),
      ),
      'ERR_CREDENTIAL_KEY_MISMATCH',
    ],
    [
      'prints an expiry that is no timestamp',
      printing(() => answer({ expirationTimestamp: planted })),
      'ERR_CREDENTIAL_EXPIRY',
    ],
    [
      'prints 300 MB',
      printing(() => answer({}), 'head -c 300000000 /dev/zero'),
      'ERR_EXEC_OUTPUT_LIMIT',
    ],
    [
      'never ends',
      () => ({ ...printing(() => answer({}), 'sleep 30')(), timeoutMs: 200 }),
      'ERR_EXEC_TIMEOUT',
    ],
  ];

  it.each(cases)(
    'from a plugin that %s gives one clear error without a secret, and the next load works',
    async (_, config, code) => {
      await using good = await scriptedPlugin({ stdout: execCredential({ token: 'good' }) });
      const sources = [execSource(config()), execSource(good.config)];
      // Breaks once, as a plugin does.
      const source = {
        name: 'breaks once',
        load: (context: LoadContext) => (sources.shift() ?? execSource(good.config)).load(context),
      };
      await using manager = createCredentialManager({ source, clock: manualClock() });
      const error = await failureOf(manager.current());
      expect(error.code).toBe(code);
      expect(error.message.length).toBeGreaterThan(20);
      const key = otherPair.privateKey.split('\n')[1] ?? '';
      for (const secret of ['planted', key]) expect(printsOf(error)).not.toContain(secret);
      expect(error.cause).toBeUndefined();
      expect((await manager.refresh()).token).toBe('good');
    },
  );

  it('from a plugin that explains itself on stderr carries the explanation', async () => {
    const error = await failureOf(
      execSource(shell('echo "Please run aws sso login." >&2')).load(initial()),
    );
    expect(error).toMatchObject({ code: 'ERR_EXEC_OUTPUT', stderr: 'Please run aws sso login.' });
    expect(error.message).toContain('exec "/bin/sh": ');
  });

  it('shows no secret of variables and arguments, and everything else', async () => {
    const env = [
      { name: 'AWS_PROFILE', value: 'team-prod' },
      { name: 'CLIENT_KEY', value: 'not-like-one' },
    ];
    const args = [
      '-c',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is for the shell
      'echo "$AWS_PROFILE, $CLIENT_KEY and ${1#*=}" >&2; exit 1',
      'sh',
      '--client-secret=hunter2',
    ];
    const error = await failureOf(execSource(shell('', { args, env })).load(initial()));
    expect(error.stderr).toBe('team-prod, [redacted] and [redacted]');
  });
});

describe('a wrong option', () => {
  it('fails when the source is made', () => {
    expect(() => execSource({ ...shell(''), command: '' })).toThrow(/"command"/);
    expect(() => execSource(shell(''), { clocks: 1 } as ExecSourceOptions)).toThrow(/"clocks"/);
    expect(() => execSource(shell('', { provideClusterInfo: true }))).toThrow(/"cluster"/);
    const config = { at: new Date(0) };
    const attempt = (): unknown =>
      execSource(shell('', { provideClusterInfo: true }), { cluster: { server: '', config } });
    expect(attempt).toThrow(/"cluster.config"/);
  });
});

it('ends the run when the manager closes', async () => {
  const started = join(directory, 'running');
  const source = execSource(shell(`touch ${started}; sleep 30`));
  const controller = new AbortController();
  const failed = failureOf(source.load({ reason: 'initial', signal: controller.signal }));
  await expect.poll(() => existsSync(started)).toBe(true);
  controller.abort();
  expect((await failed).code).toBe('ERR_EXEC_ABORTED');
});

describe('what a plugin says', () => {
  const heard = (config: ExecConfig): [source: CredentialSource, texts: string[]] => {
    const texts: string[] = [];
    return [execSource(config, { onStderr: (text) => texts.push(text) }), texts];
  };
  const answer = `echo '${execCredential({ token: 't' })}'`;

  it('reaches the program while the plugin runs, and not the terminal', async () => {
    const file = join(directory, 'entered');
    const [source, texts] = heard(
      shell(`printf 'Code: ' >&2; until [ -e ${file} ]; do sleep 0.02; done; ${answer}`),
    );
    const load = source.load(initial());
    await expect.poll(() => texts).toEqual(['Code: ']);
    writeFileSync(file, '');
    expect(await load).toEqual({ token: 't' });
    expect(fs.writeSync).not.toHaveBeenCalled();
  });

  it('is cut between characters, never within one', async () => {
    const [source, texts] = heard(
      shell(`printf '\\303' >&2; sleep 0.2; printf '\\244 \\360' >&2; ${answer}`),
    );
    await source.load(initial());
    expect(texts.join('')).toBe('ä \uFFFD');
    expect(texts[0]).not.toContain('\uFFFD');
  });

  it('may be heard by a function of the config', async () => {
    const onStderr = vi.fn();
    await execSource(shell(`echo hello >&2; ${answer}`, { onStderr })).load(initial());
    expect(onStderr).toHaveBeenCalledExactlyOnceWith('hello\n');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
    ['fails later', async () => Promise.reject(new Error('mine'))],
  ])('does no harm where the function that hears it %s', async (_, onStderr) => {
    const source = execSource(shell(`echo hello >&2; ${answer}`), { onStderr });
    expect(await source.load(initial())).toEqual({ token: 't' });
  });

  it('is in the error as well, scrubbed, as if nobody had heard it', async () => {
    const [source, texts] = heard(shell(`echo 'token=${planted} is bad' >&2; exit 1`));
    const error = await failureOf(source.load(initial()));
    expect(texts.join('')).toContain(planted);
    expect(error.stderr).not.toContain(planted);
    expect(error.stderr).toContain('is bad');
  });

  it('is nobody’s when the run is over', async () => {
    const file = join(directory, 'late');
    const [source, texts] = heard(shell(`(sleep 0.5; echo late >&2; echo > ${file}) & ${answer}`));
    await source.load(initial());
    await expect.poll(() => existsSync(file)).toBe(true);
    expect(texts).toEqual([]);
  });

  it('may make the program ask the manager for something', async () => {
    const asked: Promise<unknown>[] = [];
    const source = execSource(shell(`echo hello >&2; ${answer}`), {
      onStderr: () => asked.push(manager.current()),
    });
    await using manager = createCredentialManager({ source });
    const credential = await manager.current();
    expect(await Promise.all(asked)).toEqual([credential]);
  });

  it('is refused a hearing by anything but a function', () => {
    const onStderr = 'console.log' as never;
    expect(() => execSource(shell(''), { onStderr })).toThrow(/"onStderr".*function/);
    expect(() => execSource(shell('', { onStderr }))).toThrow(/"onStderr".*function/);
  });
});

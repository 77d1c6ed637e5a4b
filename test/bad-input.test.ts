/** Whatever a plugin does wrong: one clear error at the request that needed it, and the next request can succeed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import {
  createTestAuthority,
  execCredential,
  type PluginStep,
  type ScriptedPlugin,
  scriptedPlugin,
  startTestApiServer,
  type TestApiServer,
} from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { clients } from './clients.js';

const secret = 'sekret-token-9876543210';
const authority = await createTestAuthority();
const pair = await authority.issueClientCertificate();
const other = await authority.issueClientCertificate();
const good = execCredential({ token: 'good' });
const answer = (status: object): string =>
  JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    status,
  });
const keyMaterial = pair.privateKey.split('\n')[1] ?? '';

/** Each is a step of the plugin and the code that its failure carries. */
const steps: readonly (readonly [name: string, step: PluginStep, code: string])[] = [
  ['exits 1', { exitCode: 1, stdout: good, stderr: `token=${secret}` }, 'ERR_EXEC_EXIT'],
  ['is killed', { signal: 'SIGKILL', stdout: answer({ token: secret }) }, 'ERR_EXEC_SIGNAL'],
  ['prints nothing', {}, 'ERR_EXEC_OUTPUT'],
  ['prints prose', { stdout: `Please log in with ${secret} first.` }, 'ERR_EXEC_OUTPUT'],
  [
    'prints JSON of another version',
    {
      stdout: answer({ token: secret }).replace(
        'client.authentication.k8s.io/v1',
        'client.authentication.k8s.io/v1beta1',
      ),
    },
    'ERR_EXEC_VERSION',
  ],
  [
    'prints a token with a line break',
    { stdout: answer({ token: `${secret}\n` }) },
    'ERR_CREDENTIAL_TOKEN',
  ],
  [
    'prints a certificate without a key',
    { stdout: answer({ token: secret, clientCertificateData: pair.certificate }) },
    'ERR_CREDENTIAL_CERTIFICATE',
  ],
  [
    'prints a key that does not match',
    {
      stdout: answer({
        token: secret,
        clientCertificateData: other.certificate,
        clientKeyData: pair.privateKey,
      }),
    },
    'ERR_CREDENTIAL_KEY_MISMATCH',
  ],
  [
    'prints an expiry that is no timestamp',
    { stdout: answer({ token: secret, expirationTimestamp: 'tomorrow' }) },
    'ERR_CREDENTIAL_EXPIRY',
  ],
  ['never ends', { delayMs: 600_000 }, 'ERR_EXEC_TIMEOUT'],
];

let server: TestApiServer;
beforeAll(async () => {
  server = await startTestApiServer({ authorize: ({ token }) => token === 'good' });
});
afterAll(() => server.close());

function openClient(bind: (typeof clients)[number]['bind'], config: ExecConfig) {
  const manager = createCredentialManager({ source: execSource(config) });
  onTestFinished(() => manager.close());
  const { send, close } = bind(manager, server);
  onTestFinished(close);
  return { manager, send };
}

const failureOf = (request: Promise<unknown>): Promise<Error> =>
  request.then(
    () => new Error('The request succeeded.'),
    (error) => error,
  );

function expectClean(error: Error): void {
  const printed = `${error} ${JSON.stringify(error)} ${inspect(error, { depth: Infinity, showHidden: true })}`;
  expect(printed).not.toContain(secret);
  expect(printed).not.toContain(keyMaterial);
}

describe.each(clients)('through $name, a plugin that', ({ name, bind }) => {
  let plugin: ScriptedPlugin;
  beforeAll(async () => {
    plugin = await scriptedPlugin({});
  });
  afterAll(() => plugin.dispose());

  // Every case through one client, a few through the others: the error comes from the same place for all.
  const cases = name === 'https' ? steps : steps.slice(0, 3);
  it.each(cases)('%s fails the request, and the next one succeeds', async (_, step, code) => {
    plugin.script(step);
    const timeoutMs = step.delayMs === undefined ? 20_000 : 2_500;
    const { manager, send } = openClient(bind, { ...plugin.config, timeoutMs });
    const error = await failureOf(send('/'));
    expect(error).toMatchObject({ code });
    expectClean(error);
    expect(manager.stats()).toMatchObject({ runs: 1, failures: 1, generation: 0 });
    plugin.script({ stdout: good });
    expect(await send('/')).toBe(200);
  });
});

const [{ bind: bindAny } = { bind: undefined }] = clients.slice(-1);

describe('a plugin that', () => {
  const base = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' } as const;
  const directory = mkdtempSync(join(tmpdir(), 'keyturn-bad-input-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['is missing', 'keyturn-no-such-plugin', 'ERR_EXEC_NOT_FOUND', /not found/],
    ['is missing at its path', join(directory, 'missing'), 'ERR_EXEC_NOT_FOUND', /not found/],
    ['is not executable', join(directory, 'plain'), 'ERR_EXEC_NOT_EXECUTABLE', /permission denied/],
    ['is a directory', directory, 'ERR_EXEC_NOT_EXECUTABLE', /permission denied/],
  ])('%s fails the request with a message that says so', async (_, command, code, message) => {
    writeFileSync(join(directory, 'plain'), 'text', { mode: 0o600 });
    if (bindAny === undefined) throw new Error('There is no client.');
    const { send } = openClient(bindAny, { ...base, command, installHint: 'Ask your admin.' });
    const error = await failureOf(send('/'));
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(message);
  });

  it('prints 300 MB is ended early and costs little memory', async () => {
    if (bindAny === undefined) throw new Error('There is no client.');
    const flood = `const chunk = Buffer.alloc(1 << 20, 'x');
      for (let i = 0; i < 300; i += 1) require('node:fs').writeSync(1, chunk);`;
    const { send } = openClient(bindAny, {
      ...base,
      command: process.execPath,
      args: ['-e', flood],
    });
    const before = process.memoryUsage().rss;
    expect(await failureOf(send('/'))).toMatchObject({ code: 'ERR_EXEC_OUTPUT_LIMIT' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });
});

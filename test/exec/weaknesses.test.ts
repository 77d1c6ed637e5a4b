/** Weaknesses of client-go that no single row of its behaviour shows. */
import { inspect } from 'node:util';
import { createCredentialRegistry } from '@keyturn/core';
import { execSource, type PluginCallMessage, type PluginPolicyMessage } from '@keyturn/core/exec';
import type { LoadMessage } from '@keyturn/core/lifecycle';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { manualClock } from '@keyturn/testkit';
import { expect, it, onTestFinished } from 'vitest';
import {
  answer,
  authority,
  bindTo,
  catchStderr,
  counted,
  expectTokens,
  failureOf,
  failureOfRun,
  heardOn,
  kubeconfig,
  manage,
  pretend,
  shell,
  startServer,
  tokens,
  v1beta1,
} from './plugin-stage.js';

it('W06 uses one credential for the whole of a request, its handshake included', async () => {
  const clock = manualClock();
  const source = counted(async (run) => ({
    token: `token-${run}`,
    clientCertificate: await (await authority()).issueClientCertificate({
      commonName: `client-${run}`,
    }),
    expiresAt: clock.now() - 1,
  }));
  const server = await startServer();
  await bindTo(server, manage({ source, clock }))('/');
  expect(server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'client-1' });
  expect(source.runs).toBe(1);
});

it('W07 takes a TLS alert about the certificate for a refusal, once', async () => {
  const server = await startServer({ clientCertificate: 'require', minVersion: 'TLSv1.3' });
  const commonName = 'second';
  const source = counted(async (run) => ({
    token: `token-${run}`,
    ...(run === 2 && {
      clientCertificate: await server.authority.issueClientCertificate({ commonName }),
    }),
  }));
  expect((await bindTo(server, manage({ source }))('/')).status).toBe(200);
  expect(server.requests).toMatchObject([{ token: 'token-2', commonName }]);
  const hopeless = tokens();
  await expect(bindTo(server, manage({ source: hopeless }))('/')).rejects.toMatchObject({
    code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  });
  expect(hopeless.runs).toBe(2);
});

it('W18 keeps no argument and no variable in the key of a registry', () => {
  const registry = createCredentialRegistry();
  onTestFinished(() => registry.close());
  const env = [{ name: 'A', value: 's3cret-value' }];
  registry.acquire({ ...shell('', { env }), args: ['--password=s3cret-argument'] });
  expect(registry.size).toBe(1);
  expect(inspect(registry, { depth: Infinity, showHidden: true })).not.toContain('s3cret');
});

it('W20 presents a certificate of the agent beside the token of a plugin', async () => {
  const server = await startServer();
  const { certificate: cert, privateKey: key } = await server.authority.issueClientCertificate({
    commonName: 'from-the-agent',
  });
  await bindTo(server, manage({ source: tokens() }), { agent: { cert, key } })('/');
  expect(server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'from-the-agent' });
});

const failing = (script: string, changes: object = {}) =>
  execSource(shell(script, { timeoutMs: 20_000, ...changes }));

it.each([
  ['plugin_execution_error', 7, failing('exit 7')],
  ['plugin_execution_error', undefined, failing('kill -9 $$')],
  ['plugin_execution_error', undefined, failing('sleep 9', { timeoutMs: 50 })],
  ['plugin_not_found_error', undefined, failing('', { command: 'no-such-plugin-xyz' })],
  ['decode_error', undefined, failing('echo garbage')],
  ['decode_error', undefined, failing(`echo '${answer({})}'`)],
  ['policy_denied', undefined, failing('', { pluginPolicy: { policyType: 'DenyAll' } })],
  ['client_internal_error', undefined, failing('', { cwd: '/nonexistent' })],
  [
    'client_internal_error',
    undefined,
    { name: 'stranger', load: () => Promise.reject(new Error('x')) },
  ],
])(
  'W26 tells the class of an outcome: %s, exit code %s',
  async (outcomeClass, exitCode, source) => {
    const loads = heardOn<LoadMessage>('keyturn:load');
    const { code } = await failureOf(manage({ source }).current());
    expect(loads).toMatchObject([{ outcome: 'failure', outcomeClass, code, reason: 'initial' }]);
    expect(loads[0]?.exitCode).toBe(exitCode);
  },
);

it('W26 tells how long a load took, in messages and in stats', async () => {
  const clock = manualClock();
  const loads = heardOn<LoadMessage>('keyturn:load');
  const source = counted(async () => {
    await clock.advance(1_200);
    return { token: 't' };
  });
  const manager = manage({ source, clock });
  expect(manager.stats().lastDurationMs).toBeUndefined();
  await manager.current();
  expect(loads).toMatchObject([{ outcomeClass: 'success', durationMs: 1_200 }]);
  expect(manager.stats()).toMatchObject({ lastDurationMs: 1_200, runs: 1, failures: 0 });
});

it('W29 hands a proxy with its password to the plugin, and shows it nowhere else', async () => {
  const cluster = { server: 'https://a', proxyUrl: 'http://me:s3cret-pass@proxy.example:3128' };
  const config = { provideClusterInfo: true };
  const { load, execInfos } = pretend(config, { cluster });
  await load();
  expect(execInfos()[0]).toContain('"proxy-url":"http://me:s3cret-pass@proxy.example:3128"');
  const calls = [
    heardOn<PluginCallMessage>('keyturn:exec'),
    heardOn<PluginPolicyMessage>('keyturn:policy'),
  ];
  catchStderr();
  const script = 'echo "I was told $KUBERNETES_EXEC_INFO" >&2; exit 1';
  const error = await failureOf(
    manage({ source: execSource(shell(script, config), { cluster }) }).current(),
  );
  expect(error.stderr).toContain('I was told');
  const printed = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify([error, calls]);
  expect(printed + error.stack + error.stderr).not.toContain('s3cret');
});

it('W30 never falls back from a token in a kubeconfig that is refused to its plugin', async () => {
  const server = await startServer({ authorize: () => false });
  const exec = { command: 'no-such-plugin-xyz', apiVersion: v1beta1 };
  const text = kubeconfig({ exec, token: 'limited' }, { server: server.url });
  const { source } = await loadKubeconfig({ text });
  expect((await bindTo(server, manage({ source }))('/')).status).toBe(401);
  expectTokens(server, ['limited']);
});

it('W09 says why with a code of its own for each reason', async () => {
  const codes = await Promise.all(
    [
      shell('exit 1'),
      shell('', { command: 'no-such-plugin-xyz' }),
      shell('', { command: '/' }),
      shell('', { cwd: '/nonexistent' }),
    ].map(async (config) => (await failureOfRun(config)).code),
  );
  expect(codes).toEqual([
    'ERR_EXEC_EXIT',
    'ERR_EXEC_NOT_FOUND',
    'ERR_EXEC_NOT_EXECUTABLE',
    'ERR_EXEC_SPAWN',
  ]);
});

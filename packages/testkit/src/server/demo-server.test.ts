import { execFile } from 'node:child_process';
import { Agent, request } from 'node:https';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from './demo-server.js';

const server = await startDemoServer({ lifetimeMs: 60_000 });
afterAll(() => server.close());

const execInfo = JSON.stringify({
  kind: 'ExecCredential',
  apiVersion: 'client.authentication.k8s.io/v1',
  spec: { interactive: false },
});

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code?: number;
}

function runPlugin(
  { plugin }: DemoServer,
  changes: Record<string, string | undefined> = {},
): Promise<Outcome> {
  const given = Object.fromEntries(plugin.env.map(({ name, value }) => [name, value]));
  const env = { PATH: process.env['PATH'], KUBERNETES_EXEC_INFO: execInfo, ...given, ...changes };
  return promisify(execFile)(plugin.command, plugin.args, { env }).catch(
    (error: unknown) => error as Outcome,
  );
}

interface Status {
  readonly expirationTimestamp: string;
  readonly token: string;
  readonly clientCertificateData: string;
  readonly clientKeyData: string;
}

async function newCredential(): Promise<Status> {
  return JSON.parse((await runPlugin(server)).stdout).status;
}

function ask(status: Partial<Status>, agent: Agent | false = false): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      'user-agent': 'asker',
      ...(status.token === undefined ? {} : { authorization: `Bearer ${status.token}` }),
    };
    const tls = { ca: server.ca, cert: status.clientCertificateData, key: status.clientKeyData };
    request(server.url, { headers, agent, ...tls })
      .on('error', reject)
      .on('response', (response) => resolve(response.resume().statusCode))
      .end();
  });
}

it('hands out, through its plugin, a credential with which a request passes', async () => {
  const { stdout, stderr } = await runPlugin(server);
  expect(stderr).toBe('');
  const { apiVersion, kind, status } = JSON.parse(stdout);
  expect({ apiVersion, kind }).toEqual({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
  });
  expect(Date.parse(status.expirationTimestamp)).toBeGreaterThan(Date.now());
  expect(await ask(status)).toBe(200);
});

it('refuses a token without a certificate and a certificate without a token', async () => {
  const status = await newCredential();
  expect(await ask({ token: status.token })).toBe(401);
  const { clientCertificateData, clientKeyData } = status;
  expect(await ask({ clientCertificateData, clientKeyData })).toBe(401);
});

it('refuses a revoked token', async () => {
  const status = await newCredential();
  expect(server.revoke()).toBe(true);
  expect(await ask(status)).toBe(401);
});

it('counts the refusals and the connections of each client', async () => {
  const status = await newCredential();
  const before = server.clientView('asker');
  const agent = new Agent({ keepAlive: true });
  await ask(status, agent);
  await ask({ ...status, token: 'wrong' });
  const after = server.clientView('asker');
  expect(after.opened - before.opened).toBe(2);
  expect(after.refused - before.refused).toBe(1);
  await expect.poll(() => server.clientView('asker').open).toBe(1);
  agent.destroy();
  await expect.poll(() => server.clientView('asker').open).toBe(0);
  expect(server.clientView('stranger')).toEqual({ refused: 0, opened: 0, open: 0 });
});

it('has a plugin that answers in the version it is asked in', async () => {
  const info = execInfo.replace('/v1', '/v1beta1');
  const { stdout } = await runPlugin(server, { KUBERNETES_EXEC_INFO: info });
  expect(JSON.parse(stdout).apiVersion).toBe('client.authentication.k8s.io/v1beta1');
});

it.each([
  ['no exec info', { KUBERNETES_EXEC_INFO: undefined }, 'KUBERNETES_EXEC_INFO is not set'],
  ['prose for exec info', { KUBERNETES_EXEC_INFO: 'hello' }, 'KUBERNETES_EXEC_INFO is not JSON'],
  ['an unknown version', { KUBERNETES_EXEC_INFO: '{"kind":"ExecCredential"}' }, 'asks for none of'],
  ['no issuer', { KEYTURN_TEST_ISSUER_URL: undefined }, 'KEYTURN_TEST_ISSUER_URL is not set'],
  ['an issuer elsewhere', { KEYTURN_TEST_ISSUER_URL: 'http://192.0.2.1/' }, 'on loopback'],
  ['an issuer with TLS', { KEYTURN_TEST_ISSUER_URL: 'https://127.0.0.1:1/' }, 'must be an http'],
  ['a wrong secret', { KEYTURN_TEST_ISSUER_SECRET: 'guess' }, 'answers with status 401'],
])('has a plugin that says why it fails: %s', async (_name, changes, reason) => {
  const { code, stdout, stderr } = await runPlugin(server, changes);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(reason);
});

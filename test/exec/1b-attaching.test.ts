import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https, { type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_MIN_VERSION } from 'node:tls';
import { bindAxios } from '@keyturn/axios';
import { type Credential, createCredentialRegistry } from '@keyturn/core';
import { GenerationSlot, withCredential } from '@keyturn/core/binding';
import { type BindHttpsOptions, bindHttps, CredentialAgent } from '@keyturn/https';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { execCredential, scriptedPlugin } from '@keyturn/testkit';
import axios from 'axios';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  authority,
  bindTo,
  certificates,
  counted,
  expectTokens,
  failureOf,
  kubeconfig,
  manage,
  startServer,
  tokens,
  v1beta1,
} from './plugin-stage.js';

const pair = await (await authority()).issueClientCertificate({ commonName: 'held' });
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const exec = { command: 'never-run', apiVersion: v1beta1 };

describe('a user with a plugin and another credential', () => {
  const heldBy = async (held: object): Promise<Credential> => {
    const loaded = await loadKubeconfig({ text: kubeconfig({ exec, ...held }) });
    expect(loaded.execConfig).toBeUndefined();
    return manage({ source: loaded.source }).current();
  };

  it('B16 runs no plugin beside a token or a token file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyturn-attaching-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, 'from-a-file');
    expect((await heldBy({ token: 'held' })).token).toBe('held');
    expect((await heldBy({ tokenFile })).token).toBe('from-a-file');
  });

  it('B18 runs no plugin beside a certificate and its key', async () => {
    const { clientCertificate } = await heldBy({
      'client-certificate-data': base64(pair.certificate),
      'client-key-data': base64(pair.privateKey),
    });
    expect(clientCertificate?.certificate).toBe(pair.certificate);
  });

  it('B17 runs no plugin beside a user name', async () => {
    const { token, headers } = await heldBy({ username: 'me', password: 'x' });
    expect([token, headers?.['Authorization']]).toEqual([undefined, `Basic ${base64('me:x')}`]);
  });

  it('B18 is refused with a certificate that has no key, and runs its plugin with a key alone', async () => {
    const half = { exec, 'client-certificate-data': base64(pair.certificate) };
    const error = await failureOf(loadKubeconfig({ text: kubeconfig(half) }));
    expect(error.message).toContain('"client-key"');
    const other = { exec, 'client-key-data': base64(pair.privateKey) };
    expect((await loadKubeconfig({ text: kubeconfig(other) })).execConfig).toBeDefined();
  });
});

it('B19 presents the certificate of the credential where the agent has one of its own', async () => {
  const server = await startServer();
  const { certificate: cert, privateKey: key } = pair;
  const get = bindTo(server, manage({ source: certificates() }), { agent: { cert, key } });
  await get('/');
  expect(server.requests[0]?.commonName).toBe('client-1');
});

it('B20 takes the certificate for each new connection from what is held then', async () => {
  const server = await startServer();
  const manager = manage({ source: certificates() });
  const get = bindTo(server, manager, { agent: { keepAlive: false } });
  await get('/');
  await get('/');
  await manager.refresh();
  await get('/');
  const names = server.requests.map(({ commonName }) => commonName);
  expect(names).toEqual(['client-1', 'client-1', 'client-2']);
});

it('B21 makes its connections with the options of the agent, its time limit among them', async () => {
  const server = await startServer({ respond: () => {} });
  const agent = new CredentialAgent(manage({ source: tokens() }), {
    origins: [server.url],
    tls: { ca: server.ca },
    agent: { timeout: 100 },
  });
  onTestFinished(() => agent.destroy());
  const request = https.get(server.url, { agent });
  request.on('error', () => {});
  await once(request, 'timeout');
  request.destroy();
});

it("B22 drains the connections of a stranger's transport, held in a GenerationSlot", async () => {
  const manager = manage({ source: certificates() });
  const closed: string[] = [];
  const slot = new GenerationSlot<string>(manager, {
    create: ({ certificateGeneration }) => `pool ${certificateGeneration}`,
    close: (pool) => closed.push(pool),
  });
  const busy = slot.acquire(await manager.current());
  const next = slot.acquire(await manager.refresh());
  expect([busy.resource, next.resource, closed]).toEqual(['pool 1', 'pool 2', []]);
  busy.release();
  expect(closed).toEqual(['pool 1']);
});

it.each([
  ['an agent that is none', { agnet: {} }, /no option "agnet"/],
  ['TLS settings that do not exist', { tls: { caCert: 'x' } }, /no option "caCert"/],
  ['a limit that is no number', { drainTimeoutMs: '5s' }, /"drainTimeoutMs"/],
])('B23 refuses %s when the binding is made', (_, options, message) => {
  const manager = manage({ source: tokens() });
  const given = { origins: ['https://a.example'], ...options } as BindHttpsOptions;
  const attempt = (): unknown => bindHttps(manager, given);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});

it('B24 W19 authenticates over any transport that is a function', async () => {
  const manager = manage({ source: tokens() });
  const sent: (string | undefined)[] = [];
  const answer = await withCredential(
    manager,
    async ({ token }) => {
      sent.push(token);
      return { status: sent.length === 1 ? 401 : 200 };
    },
    ({ status }) => status === 401,
  );
  expect(answer.status).toBe(200);
  expect(sent).toEqual(['token-1', 'token-2']);
});

it('B25 W25 shares connections among all who share an agent, and the agent is yours to share', async () => {
  const server = await startServer();
  const registry = createCredentialRegistry();
  onTestFinished(() => registry.close());
  await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'a-token' }) });
  const { manager } = registry.acquire(plugin.config);
  registry.acquire({ ...plugin.config });
  expect(registry.size).toBe(1);
  const { client, unbind } = bindHttps(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
  });
  onTestFinished(unbind);
  const options: RequestOptions = { agent: client.agent };
  for (let count = 0; count < 3; count += 1) {
    const request = https.get(server.url, options);
    const [response] = await once(request, 'response');
    for await (const _ of response);
  }
  expect(server.connections.opened).toBe(1);
  expect(plugin.runs()).toBe(1);
});

it('B26 keeps no cache of transports: two bindings have two pools, whatever their options', async () => {
  const server = await startServer();
  const manager = manage({ source: tokens() });
  const gets = [bindTo(server, manager), bindTo(server, manager)] as const;
  for (const get of [...gets, ...gets]) await get('/');
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2, 1, 2]);
});

it("B27 shows the token to the server and not to the program's own interceptors", async () => {
  const server = await startServer();
  const seen: unknown[] = [];
  const client = axios.create({ baseURL: server.url });
  const look = (): number =>
    client.interceptors.request.use((config) => {
      seen.push(config.headers.get('authorization'));
      return config;
    });
  look();
  const { unbind } = bindAxios(client, manage({ source: tokens() }), { tls: { ca: server.ca } });
  onTestFinished(unbind);
  look();
  const { config } = await client.get('/');
  expect([...seen, config.headers.get('authorization')]).toEqual([undefined, undefined, undefined]);
  expectTokens(server, ['token-1']);
});

it('B28 binds any number of clients to one manager, which still loads once', async () => {
  const server = await startServer();
  const source = tokens();
  const manager = manage({ source });
  const gets = Array.from({ length: 20 }, () => bindTo(server, manager));
  await Promise.all(gets.map((get) => get('/')));
  expectTokens(
    server,
    Array.from({ length: 20 }, () => 'token-1'),
  );
  expect(source.runs).toBe(1);
});

it('B29 gives the client back as it was with unbind()', async () => {
  const server = await startServer();
  const { client, unbind } = bindHttps(manage({ source: tokens() }), {
    origins: [server.url],
    tls: { ca: server.ca },
  });
  (await client.get(server.url)).resume();
  unbind();
  (await client.get(server.url)).resume();
  expectTokens(server, ['token-1', undefined]);
});

it('B30 keeps the minimum of Node, which is TLS 1.2, and the newer one that it is told', async () => {
  const server = await startServer({ maxVersion: 'TLSv1.2' });
  const manager = manage({ source: tokens() });
  expect((await bindTo(server, manager)('/')).status).toBe(200);
  const strict = bindTo(server, manager, { tls: { ca: server.ca, minVersion: 'TLSv1.3' } });
  await expect(strict('/')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  expect(DEFAULT_MIN_VERSION).toBe('TLSv1.2');
});

it('B31 goes on without a certificate where the server asks for one and none is held', async () => {
  const server = await startServer({ clientCertificate: 'request' });
  const source = counted(() => ({ token: 'token-only' }));
  const { status } = await bindTo(server, manage({ source }))('/');
  expect(status).toBe(200);
  expect(server.requests[0]).toMatchObject({ token: 'token-only' });
  expect(server.requests[0]?.commonName).toBeUndefined();
});

import { once } from 'node:events';
import http from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCredentialManager } from '@keyturn/core';
import {
  createTestAuthority,
  startTestProxy,
  type TestApiServerOptions,
  type TestProxy,
  type TestProxyOptions,
} from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authority, numberedSource, read, startServer } from '../../test/scene.js';
import { type BindHttpsOptions, bindHttps, CredentialAgent } from '../index.js';

async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const proxy = await startTestProxy({ authority: await authority(), ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

async function standBehind(
  proxyOptions: TestProxyOptions = {},
  options: BindHttpsOptions = {},
  serverOptions: TestApiServerOptions = {},
) {
  const proxy = await startProxy(proxyOptions);
  const server = await startServer(serverOptions);
  const manager = createCredentialManager({ source: numberedSource('both') });
  const binding = bindHttps(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    proxy: proxy.url,
    ...options,
  });
  onTestFinished(async () => {
    binding.client.agent.destroy();
    await manager.close();
    await server.close();
  });
  return { proxy, server, manager, client: binding.client, unbind: binding.unbind };
}

/** A server in plain http on loopback. */
async function startPlain(): Promise<string> {
  const server = http.createServer((_, response) => response.end('plain'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

describe('through a proxy', () => {
  it('a connection is kept for the next request', async () => {
    const { proxy, server, client } = await standBehind();
    for (const path of ['/a', '/b', '/c']) await read(await client.get(server.url + path));
    expect([proxy.tunnels.length, server.connections.opened]).toEqual([1, 1]);
  });

  it('maxSockets holds for the tunnels that are being opened', async () => {
    const { proxy, server, client } = await standBehind({}, { agent: { maxSockets: 2 } });
    const ask = async () => read(await client.get(server.url));
    const answers = await Promise.all(Array.from({ length: 12 }, ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(proxy.tunnels).toHaveLength(2);
  });

  it('a busy connection of the old certificate ends with its request, an idle one at once', async () => {
    let finish = (): void => {};
    const { proxy, server, manager, client } = await standBehind(
      {},
      {},
      {
        respond: ({ url }, response) => {
          if (url === '/slow') finish = () => response.end('{}');
          else response.end('{}');
        },
      },
    );
    const slow = client.get(`${server.url}/slow`);
    await expect.poll(() => server.requests.length).toBe(1);
    await read(await client.get(`${server.url}/idle`));
    await manager.refresh();
    await expect.poll(() => proxy.tunnels.map(({ isOpen }) => isOpen)).toEqual([true, false]);
    finish();
    expect((await read(await slow)).status).toBe(200);
    await expect.poll(() => proxy.tunnels.map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });

  it('a request to another origin goes as well, as nobody', async () => {
    const { proxy, client } = await standBehind();
    const elsewhere = await startServer();
    onTestFinished(() => elsewhere.close());
    await read(await client.get(elsewhere.url));
    expect(elsewhere.requests[0]).not.toHaveProperty('token');
    expect(elsewhere.requests[0]).not.toHaveProperty('commonName');
    expect(proxy.tunnels).toMatchObject([{ target: new URL(elsewhere.url).host }]);
  });

  it('requests go on after unbind(), as nobody', async () => {
    const { proxy, server, client, unbind } = await standBehind();
    unbind();
    expect((await read(await client.get(server.url))).status).toBe(200);
    expect(server.requests[0]).not.toHaveProperty('token');
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('an abort ends the request while the tunnel is being opened, and leaves nothing behind', async () => {
    const { proxy, server, client } = await standBehind({ answer: 'silence' });
    const abort = new AbortController();
    const request = client.get(server.url, { signal: abort.signal });
    await expect.poll(() => proxy.tunnels.length).toBe(1);
    abort.abort(new Error('never mind'));
    await expect(request).rejects.toThrow('never mind');
    await expect.poll(() => proxy.connections).toBe(0);
    expect(Reflect.get(client.agent, 'totalSocketCount')).toBe(0);
  });

  it('the time limit of a request counts meanwhile', async () => {
    const { proxy, server, client } = await standBehind({ answer: 'silence' });
    const request = client.get(server.url, { timeoutMs: 30 });
    await expect(request).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('so does that of a request over the bare agent', async () => {
    const { proxy, server, client } = await standBehind({ answer: 'silence' });
    const request = https.get(server.url, { agent: client.agent, timeout: 30 });
    request.on('error', () => {});
    await once(request, 'timeout');
    request.destroy();
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('the next request connects where the proxy refused the one before', async () => {
    const { server, client } = await standBehind(
      { answer: 'refuse' },
      { agent: { maxSockets: 1 } },
    );
    for (const path of ['/a', '/b']) {
      await expect(client.get(server.url + path)).rejects.toMatchObject({ code: 'ERR_PROXY' });
    }
    expect(Reflect.get(client.agent, 'totalSocketCount')).toBe(0);
  });

  it('a server that cannot be verified is tried again with the authority of then', async () => {
    const trusted = await authority();
    let pem = (await createTestAuthority()).certificate;
    let generation = 1;
    const ca = {
      name: 'rotating',
      peek: () => ({ generation, pem }),
      refresh: async () => {
        generation = 2;
        pem = trusted.certificate;
      },
    };
    const { proxy, server, client } = await standBehind({}, { tls: { ca } });
    expect((await read(await client.get(server.url))).status).toBe(200);
    expect(proxy.tunnels).toHaveLength(2);
  });
});

describe('an explicit proxy', () => {
  it('wins over one that the agent is told', async () => {
    const given: object = { proxyEnv: { HTTPS_PROXY: 'http://127.0.0.1:1' } };
    const { proxy, server, client } = await standBehind({}, { agent: given });
    expect((await read(await client.get(server.url))).status).toBe(200);
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('is not gone past by who wants a connection at once', async () => {
    const { proxy, server, client } = await standBehind();
    const { hostname: host, port } = new URL(server.url);
    const connect = () => client.agent.createConnection({ host, port } as RequestOptions);
    expect(connect).toThrow(expect.objectContaining({ code: 'ERR_PROXY' }));
    expect(proxy.tunnels).toEqual([]);
  });

  it.each(['http', 'https', 'socks5'] as const)(
    'of %s is tunnelled through in clear text where that is allowed, over kept connections',
    async (protocol) => {
      const plain = await startPlain();
      const insecure = { origins: [plain], allowInsecure: true };
      const { proxy, client } = await standBehind({ protocol }, insecure);
      for (const path of ['/a', '/b']) {
        expect(await read(await client.get(plain + path))).toMatchObject({ status: 200 });
      }
      expect(proxy.tunnels).toHaveLength(1);
    },
  );

  it('is visited by what goes elsewhere in clear text, and not by what stays on this machine', async () => {
    const [plain, elsewhere] = [await startPlain(), await startPlain()];
    const { proxy, client } = await standBehind({}, { origins: [plain] });
    await read(await client.get(plain));
    await read(await client.get(plain, { headers: { authorization: 'Basic mine' } }));
    expect(proxy.tunnels).toEqual([]);
    await read(await client.get(elsewhere));
    expect(proxy.tunnels).toMatchObject([{ target: new URL(elsewhere).host }]);
  });

  it('ends a request in clear text that is aborted while the tunnel is being opened', async () => {
    const plain = await startPlain();
    const { proxy, client } = await standBehind(
      { answer: 'silence' },
      { origins: [plain], allowInsecure: true },
    );
    const abort = new AbortController();
    const request = client.get(plain, { signal: abort.signal });
    await expect.poll(() => proxy.tunnels.length).toBe(1);
    abort.abort(new Error('never mind'));
    await expect(request).rejects.toThrow('never mind');
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('is an option of CredentialAgent, too', () => {
    const manager = createCredentialManager({ source: async () => ({ token: 'x' }) });
    const make = (proxy: string) => () =>
      new CredentialAgent(manager, { origins: ['https://api.example'], proxy });
    expect(make('socks5://proxy.example')).not.toThrow();
    expect(make('ftp://me:s3cret@proxy.example')).toThrow(/^Option "proxy" of CredentialAgent/);
  });
});

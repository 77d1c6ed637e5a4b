import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createCredentialManager } from '@keyturn/core';
import { CredentialAgent } from '@keyturn/https';
import type { BindingUnderTest } from '@keyturn/testkit';
import axios, { type AxiosInstance } from 'axios';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  certificateFor,
  type Stage,
  type StageOptions,
  setStage,
  startServer,
} from '../../../test/scenes/stage.js';
import { bindAxios } from './index.js';

interface TestProxy {
  readonly url: string;
  readonly tunnels: readonly { readonly target: string; readonly headers: IncomingHttpHeaders }[];
  /** Everything that passed through, in either direction. */
  readonly bytes: () => string;
}

/** A proxy that knows CONNECT; `status` other than 200 refuses. */
async function startProxy(status = 200): Promise<TestProxy> {
  const tunnels: { target: string; headers: IncomingHttpHeaders }[] = [];
  const passed: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    tunnels.push({ target: url, headers });
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
        from.on('data', (chunk) => passed.push(chunk));
        from.on('error', () => to.destroy());
        from.pipe(to);
      }
    });
    sockets.add(upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    bytes: () => Buffer.concat(passed).toString('latin1'),
  };
}

const behindProxy: BindingUnderTest<AxiosInstance> = {
  name: 'axios behind a proxy',
  bind: (manager, { url, maxSockets: _, ...options }) =>
    bindAxios(axios.create({ baseURL: url }), manager, options),
  send: async (client, { url }) => {
    const response = await client.get(url);
    return { status: response.status, body: response.data, answer: response };
  },
};

const onStage = (server: StageOptions['server'] = {}): Promise<Stage<AxiosInstance>> =>
  setStage(behindProxy, { server });

beforeEach(() => {
  for (const name of ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, '');
    vi.stubEnv(name.toLowerCase(), '');
  }
});

describe('with HTTPS_PROXY', () => {
  it('the certificate reaches the server, over rotations, and the proxy sees no secret', async () => {
    const proxy = await startProxy();
    vi.stubEnv('HTTPS_PROXY', proxy.url.replace('//', '//user:p%40ss@'));
    const { server, source, manager, send } = await onStage();
    source.change = certificateFor;
    await send('/first');
    await manager.refresh();
    await send('/second');
    expect(server.requests).toMatchObject([
      { token: 'token-1', commonName: 'client-1' },
      { token: 'token-2', commonName: 'client-2', resumed: false },
    ]);
    const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(proxy.tunnels).toHaveLength(2);
    expect(proxy.tunnels[0]).toMatchObject({
      target: new URL(server.url).host,
      headers: { 'proxy-authorization': authorization },
    });
    expect(proxy.bytes()).not.toContain('token-');
  });

  it('NO_PROXY goes around it', async () => {
    const proxy = await startProxy();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'localhost');
    const { send } = await onStage();
    expect((await send('/direct')).status).toBe(200);
    expect(proxy.tunnels).toEqual([]);
  });

  it('a redirect to another origin goes through it too, without the credential', async () => {
    const proxy = await startProxy();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const elsewhere = await startServer();
    const { source, send } = await onStage({
      respond: (_, response) => response.writeHead(302, { location: elsewhere.url }).end(),
    });
    source.change = certificateFor;
    expect((await send('/leaving')).status).toBe(200);
    expect(elsewhere.requests[0]).not.toHaveProperty('token');
    expect(elsewhere.requests[0]).not.toHaveProperty('commonName');
    expect(proxy.tunnels).toHaveLength(2);
  });

  it('a proxy that refuses is named, without its password', async () => {
    const proxy = await startProxy(407);
    vi.stubEnv('HTTPS_PROXY', proxy.url.replace('//', '//user:hush@'));
    const { send } = await onStage();
    const error = await send('/refused').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_PROXY',
      message: expect.stringMatching(/status 407/),
    });
    expect(String(error)).not.toContain('hush');
  });

  it('a proxy that is not there is named', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    const { send } = await onStage();
    await expect(send('/gone')).rejects.toMatchObject({
      code: 'ERR_PROXY',
      message: 'The proxy "127.0.0.1:1" cannot be reached (ECONNREFUSED).',
    });
  });

  it('a proxy of a kind that cannot be used fails the request, not the process', async () => {
    vi.stubEnv('HTTPS_PROXY', 'socks5://127.0.0.1:1');
    const { send } = await onStage();
    await expect(send('/socks')).rejects.toMatchObject({ code: 'ERR_PROXY' });
  });

  it('an abort leaves no connection to a proxy that never answers', async () => {
    const silent = createServer().on('connect', () => {});
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'connect') as Promise<[unknown, Socket]>;
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const { binding } = await onStage();
    const abort = new AbortController();
    const request = binding.client.get('/silent', { signal: abort.signal });
    const [, socket] = await asked;
    abort.abort();
    await expect(request).rejects.toMatchObject({ code: 'ERR_CANCELED' });
    await once(socket.resume(), 'end');
    socket.destroy();
    silent.close();
  });
});

describe('with the proxy option', () => {
  it('the request goes through that proxy', async () => {
    const proxy = await startProxy();
    const { binding, server, source } = await onStage();
    source.change = certificateFor;
    const { hostname, port } = new URL(proxy.url);
    await binding.client.get('/option', { proxy: { host: hostname, port: Number(port) } });
    await binding.client.get('/direct');
    expect(server.requests.map(({ commonName }) => commonName)).toEqual(['client-1', 'client-1']);
    expect(proxy.tunnels).toHaveLength(1);
  });
});

describe('with HTTP_PROXY', () => {
  it('a request to plain http on loopback does not leave the machine', async () => {
    const proxy = await startProxy();
    vi.stubEnv('HTTP_PROXY', proxy.url);
    const server = await startServer({ plainHttp: true });
    const { manager } = await onStage();
    const client = axios.create({ baseURL: server.url });
    onTestFinished(bindAxios(client, manager).unbind);
    expect((await client.get('/plain')).status).toBe(200);
  });
});

// Older ones ask the proxy in clear text and tell no agent; the credential goes nowhere then.
it.skipIf(/^1\.([0-9]|1[0-5])\./.test(axios.VERSION))(
  'a CredentialAgent in an axios that is not bound says so where the environment names a proxy',
  async () => {
    const server = await startServer();
    const proxy = await startProxy();
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const load = async () => ({ token: 'token-1' });
    const manager = createCredentialManager({ source: { name: 'one', load } });
    const agent = new CredentialAgent(manager, { origins: [server.url], tls: { ca: server.ca } });
    onTestFinished(async () => {
      agent.destroy();
      await manager.close();
    });
    const plain = axios.create({ baseURL: server.url, httpsAgent: agent });
    await expect(plain.get('/')).rejects.toMatchObject({ code: 'ERR_AGENT_BYPASSED' });
    expect(server.requests).toEqual([]);
    await plain.get('/', { proxy: false });
    expect(server.requests.map(({ token }) => token)).toEqual(['token-1']);
    expect(proxy.bytes()).not.toContain('token-1');
  },
);

/** What becomes of the option `proxy` where a client has ways of its own. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { bindAxios } from '@keyturn/axios';
import { type BindOptions, createCredentialManager } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindGrpc } from '@keyturn/grpc';
import { bindHttp2, bindHttps, connectWebSocket } from '@keyturn/https';
import { startTestProxy, type TestProxy, type TestProxyOptions } from '@keyturn/testkit';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios from 'axios';
import got from 'got';
import * as undici from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startServer } from '../scenes/stage.js';

const origins = ['https://api.example'];
const proxy = 'http://me:s3cret@proxy.example:3128';

const manager = createCredentialManager({ source: async () => ({ token: 'token-1' }) });

async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const started = await startTestProxy(options);
  onTestFinished(() => started.close());
  return started;
}

/** A server in plain http on loopback that has `localhost` as its name. */
async function startPlain(): Promise<string> {
  const server = http.createServer((_, response) => response.end('plain'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

class ForeignAgent extends https.Agent {}

describe('a proxy that could not be gone through is refused when the client is bound', () => {
  const grpc = { target: 'api.example' };
  it.each<[string, () => unknown, RegExp]>([
    [
      'axios with an agent of another class',
      () =>
        bindAxios(axios.create({ httpsAgent: new ForeignAgent() }), manager, { origins, proxy }),
      /^Option "proxy" of bindAxios says nothing.*Leave the agent out/,
    ],
    [
      'axios over fetch',
      () => bindAxios(axios.create({ adapter: 'fetch' }), manager, { origins, proxy }),
      /^Option "proxy" says nothing to the adapter "fetch".*CredentialDispatcher/,
    ],
    [
      'got with an agent of another class',
      () =>
        bindGot(got.extend({ agent: { https: new ForeignAgent() } }), manager, { origins, proxy }),
      /^Option "proxy" of bindGot says nothing.*Leave the agent out/,
    ],
    [
      'undici with makeInner',
      () =>
        new CredentialDispatcher(manager, { origins, proxy, makeInner: () => new undici.Agent() }),
      /^Option "proxy" says nothing beside "makeInner"/,
    ],
    [
      'gRPC over SOCKS',
      () => bindGrpc(manager, { ...grpc, proxy: 'socks5://me:s3cret@proxy.example' }),
      /^Option "proxy" of bindGrpc must be an http or https URL/,
    ],
    [
      'gRPC over SOCKS in plaintext',
      () =>
        bindGrpc(manager, {
          target: 'localhost',
          plaintext: true,
          proxy: 'socks5://me:s3cret@proxy.example',
        }),
      /^Option "proxy" of bindGrpc must be an http or https URL/,
    ],
    ...(
      [
        ['https', (bad) => bindHttps(manager, { origins, proxy: bad })],
        ['http2', (bad) => bindHttp2(manager, { origins, proxy: bad })],
        ['axios', (bad) => bindAxios(axios.create(), manager, { origins, proxy: bad })],
        ['got', (bad) => bindGot(got, manager, { origins, proxy: bad })],
        ['undici', (bad) => new CredentialDispatcher(manager, { origins, proxy: bad })],
        ['fetch', (bad) => bindFetch(fetch, manager, { origins, proxy: bad })],
        ['gRPC', (bad) => bindGrpc(manager, { ...grpc, proxy: bad })],
      ] as const satisfies readonly (readonly [string, (bad: string) => unknown])[]
    ).map(([name, bind]): [string, () => unknown, RegExp] => [
      `${name} with an address of another kind`,
      () => bind('ftp://me:s3cret@proxy.example'),
      /^Option "proxy" of \w+ is no URL of a proxy/,
    ]),
  ])('%s', (_, bind, words) => {
    expect(bind).toThrow(TypeError);
    expect(bind).toThrow(words);
    expect(bind).not.toThrow(/s3cret/);
  });

  it('a WebSocket', async () => {
    const options = { url: 'wss://api.example', proxy: 'ftp://me:s3cret@proxy.example' };
    const make = () => undefined as never;
    await expect(connectWebSocket(make, manager, options)).rejects.toThrow(/is no URL of a proxy/);
  });
});

describe('the explicit proxy wins', () => {
  it('over HTTPS_PROXY and the proxy of axios', async () => {
    const [through, past] = [await startProxy(), await startProxy()];
    vi.stubEnv('HTTPS_PROXY', past.url);
    const server = await startServer();
    const { hostname: host, port } = new URL(past.url);
    const bare = axios.create({ baseURL: server.url, proxy: { host, port: Number(port) } });
    const options = { proxy: through.url, tls: { ca: server.ca } };
    const { client, unbind } = bindAxios(bare, manager, options);
    onTestFinished(unbind);
    expect((await client.get('/')).status).toBe(200);
    expect([through.tunnels.length, past.tunnels.length]).toEqual([1, 0]);
  });

  it('over what fetch is told by the program', async () => {
    const [through, past] = [await startProxy(), await startProxy()];
    const server = await startServer();
    undici.setGlobalDispatcher(new undici.ProxyAgent(past.url));
    const options = { origins: [server.url], proxy: through.url, tls: { ca: server.ca } };
    const { client, unbind } = bindFetch(undici.fetch, manager, options);
    onTestFinished(unbind);
    expect((await client(server.url)).status).toBe(200);
    expect([through.tunnels.length, past.tunnels.length]).toEqual([1, 0]);
  });
});

describe('a redirect within the scope', () => {
  it.each<[string, (options: BindOptions, url: string) => readonly [Promise<unknown>, () => void]]>(
    [
      [
        'axios',
        (options, url) => {
          const { client, unbind } = bindAxios(axios.create(), manager, options);
          return [client.get(url), unbind];
        },
      ],
      [
        'got',
        (options, url) => {
          const { client, unbind } = bindGot(got, manager, options);
          return [client(url), unbind];
        },
      ],
      [
        'fetch',
        (options, url) => {
          const { client, unbind } = bindFetch(fetch, manager, options);
          return [client(url), unbind];
        },
      ],
    ],
  )('to this machine in clear text goes past it, with %s', async (_, ask) => {
    const through = await startProxy();
    const home = await startServer({ plainHttp: true });
    const server = await startServer({
      respond: (__, response) => response.writeHead(302, { location: home.url }).end(),
    });
    const both = [server.url, home.url];
    const options = { origins: both, proxy: through.url, tls: { ca: server.ca } };
    const [answer, unbind] = ask(options, server.url);
    onTestFinished(unbind);
    await answer;
    expect(home.requests).toMatchObject([{ token: 'token-1' }]);
    expect(through.tunnels).toMatchObject([{ target: new URL(server.url).host }]);
    expect(through.seen()).not.toContain('token-1');
  });
});

describe('axios', () => {
  it('takes a redirect to another origin through it, in clear text too, and as nobody', async () => {
    const plain = await startPlain();
    const through = await startProxy();
    const server = await startServer({
      respond: (_, response) => response.writeHead(302, { location: plain }).end(),
    });
    const options = { proxy: through.url, tls: { ca: server.ca } };
    const { client, unbind } = bindAxios(axios.create({ baseURL: server.url }), manager, options);
    onTestFinished(unbind);
    expect((await client.get('/')).data).toBe('plain');
    const targets = through.tunnels.map(({ target }) => target);
    expect(targets).toEqual([new URL(server.url).host, new URL(plain).host]);
    expect(through.seen()).not.toContain('token-1');
  });

  it('goes on through it when it is unbound', async () => {
    const through = await startProxy();
    const server = await startServer();
    const options = { proxy: through.url, tls: { ca: server.ca } };
    const { client, unbind } = bindAxios(axios.create({ baseURL: server.url }), manager, options);
    unbind();
    expect((await client.get('/')).status).toBe(200);
    expect(server.requests[0]).not.toHaveProperty('token');
    expect(through.tunnels).toHaveLength(1);
  });

  it('sends no request over fetch past it', async () => {
    const through = await startProxy();
    const plain = await startPlain();
    const bound = bindAxios(axios.create(), manager, { origins, proxy: through.url });
    onTestFinished(bound.unbind);
    const request = bound.client.get(plain, { adapter: 'fetch' });
    await expect(request).rejects.toThrow(/^Option "proxy" says nothing to the adapter "fetch"/);
  });
});

describe('got', () => {
  it('counts its limits while the tunnel is being opened', async () => {
    const through = await startProxy({ answer: 'silence' });
    const bare = got.extend({ retry: { limit: 0 }, timeout: { request: 200 } });
    const { client, unbind } = bindGot(bare, manager, { origins, proxy: through.url });
    onTestFinished(unbind);
    await expect(client('https://api.example')).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect.poll(() => through.connections).toBe(0);
  });

  it('goes through it in clear text, where that goes elsewhere', async () => {
    const through = await startProxy();
    const plain = await startPlain();
    const { client, unbind } = bindGot(got, manager, { origins, proxy: through.url });
    onTestFinished(unbind);
    expect(await client(plain).text()).toBe('plain');
    expect(through.tunnels).toHaveLength(1);
  });
});

describe('undici', () => {
  it('fails a request whose proxy never answers when its time to connect is over', async () => {
    const through = await startProxy({ answer: 'silence' });
    const agent = { connect: { timeout: 50 } };
    const dispatcher = new CredentialDispatcher(manager, { origins, proxy: through.url, agent });
    onTestFinished(() => dispatcher.destroy());
    const request = undici.request('https://api.example', { dispatcher });
    await expect(request).rejects.toMatchObject({ code: 'ERR_PROXY' });
    await expect.poll(() => through.connections).toBe(0);
  });

  it.each(['http', 'https', 'socks5'] as const)(
    'tunnels through %s in clear text where that is allowed, and else stays on this machine',
    async (protocol) => {
      const plain = await startPlain();
      const through = await startProxy({ protocol });
      const ask = async (allowInsecure: boolean): Promise<number> => {
        const options = { origins: [plain], proxy: through.url, tls: { ca: through.ca } };
        const dispatcher = new CredentialDispatcher(manager, { ...options, allowInsecure });
        const { body } = await undici.request(plain, { dispatcher });
        expect(await body.text()).toBe('plain');
        await dispatcher.destroy();
        return through.tunnels.length;
      };
      expect([await ask(false), await ask(true)]).toEqual([0, 1]);
    },
  );
});

describe('gRPC', () => {
  it('asks no proxy of its environment beside it', async () => {
    const past = await startProxy();
    vi.stubEnv('grpc_proxy', past.url);
    const through = await startProxy({ answer: 'refuse' });
    const channel = { 'grpc.http_connect_target': 'elsewhere.example:1' };
    const { client } = bindGrpc(manager, { target: 'api.example', proxy: through.url, channel });
    const { channelOverride } = client.options;
    onTestFinished(() => channelOverride.close());
    await manager.current();
    channelOverride.getConnectivityState(true);
    await expect.poll(() => through.tunnels.length).toBeGreaterThan(0);
    expect(through.tunnels[0]).toMatchObject({ target: 'api.example:443' });
    expect(past.tunnels).toEqual([]);
  });
});

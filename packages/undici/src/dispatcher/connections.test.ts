import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { createCredentialManager, staticSource } from '@keyturn/core';
import * as undici from 'undici';
import {
  Agent,
  getGlobalDispatcher,
  MockAgent,
  ProxyAgent,
  setGlobalDispatcher,
  WebSocket,
} from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { authority, numberedSource, send, setStage, startServer } from '../../test/stage.js';
import { CredentialDispatcher } from '../index.js';

const isUndici8 = 'Dispatcher1Wrapper' in undici;

const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;

/** A proxy that opens tunnels and counts them. */
async function startProxy(): Promise<{ readonly url: string; readonly tunnels: () => number }> {
  let tunnels = 0;
  const sockets = new Set<Duplex>();
  const proxy = http.createServer().on('connect', (request: IncomingMessage, client: Duplex) => {
    tunnels += 1;
    const [host, port] = (request.url ?? '').split(':');
    const server = net.connect(Number(port), host);
    sockets.add(client).add(server);
    for (const socket of [client, server]) socket.on('error', () => {});
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.pipe(server).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${portOf(proxy)}`, tunnels: () => tunnels };
}

/** A server that greets whoever upgrades, or refuses `token-1` where asked. */
async function startUpgradeServer(refuses: boolean): Promise<string> {
  const { certificate, privateKey } = await (await authority()).issueServerCertificate();
  const ca = (await authority()).certificate;
  const server = https.createServer({ cert: certificate, key: privateKey, ca, requestCert: true });
  const webSockets = new WebSocketServer({ noServer: true });
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: TLSSocket, head) => {
    sockets.add(socket);
    const { authorization } = request.headers;
    const greeting = `${authorization} ${socket.getPeerCertificate().subject?.CN}`;
    if (refuses && authorization === 'Bearer token-1') {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    } else if (request.headers.upgrade === 'websocket') {
      webSockets.handleUpgrade(request, socket, head, (client) => client.send(greeting));
    } else {
      socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.write(greeting);
      socket.pipe(socket);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://localhost:${portOf(server)}`;
}

async function dispatcherFor(url: string): Promise<CredentialDispatcher> {
  const manager = createCredentialManager({ source: numberedSource() });
  const { certificate } = await authority();
  const dispatcher = new CredentialDispatcher(manager, {
    origins: [url],
    tls: { ca: certificate },
  });
  onTestFinished(() => dispatcher.destroy());
  onTestFinished(() => manager.close());
  return dispatcher;
}

describe('through a proxy', () => {
  it('keeps token and certificate, across a rotation', async () => {
    const proxy = await startProxy();
    const { server, manager, dispatcher } = await setStage({
      makeInner: (tls) => new ProxyAgent({ uri: proxy.url, requestTls: tls }),
    });
    await send(dispatcher, server.url);
    await manager.refresh();
    await send(dispatcher, server.url);
    expect(server.requests).toMatchObject([
      { token: 'token-1', commonName: 'client-1' },
      { token: 'token-2', commonName: 'client-2' },
    ]);
    expect(proxy.tunnels()).toBe(2);
    await expect.poll(() => server.connections.open).toBe(1);
  });

  it('cuts what has outlived drainTimeoutMs', async () => {
    const proxy = await startProxy();
    const { server, manager, dispatcher } = await setStage({
      drainTimeoutMs: 10,
      server: { respond: (_request, response) => void response.write('the beginning') },
      makeInner: (tls) => new ProxyAgent({ uri: proxy.url, requestTls: tls }),
    });
    const watch = send(dispatcher, server.url);
    await expect.poll(() => server.requests.length).toBe(1);
    const cut = expect(watch).rejects.toMatchObject({ code: 'ERR_CONNECTION_DRAINED' });
    await manager.refresh();
    await cut;
  });
});

describe('upgrades', () => {
  it.each([false, true])(
    'carry token and certificate, and keep their socket through a rotation (refused at first: %s)',
    async (refuses) => {
      const url = await startUpgradeServer(refuses);
      const dispatcher = await dispatcherFor(url);
      const { socket } = await dispatcher
        .compose()
        .upgrade({ path: '/', ...originOf(url), protocol: 'echo' });
      const name = refuses ? '2' : '1';
      expect(String((await once(socket, 'data'))[0])).toBe(`Bearer token-${name} client-${name}`);
      socket.write('still here');
      expect(String((await once(socket, 'data'))[0])).toBe('still here');
      const everything = inspect(socket, { depth: 20, showHidden: true, maxStringLength: null });
      expect(everything).not.toContain('PRIVATE KEY');
      socket.destroy();
    },
  );

  it('carry both for a WebSocket', async () => {
    const url = await startUpgradeServer(false);
    const dispatcher = await dispatcherFor(url);
    const webSocket = new WebSocket(url.replace('https', 'wss'), { dispatcher });
    const message = new Promise((resolve, reject) => {
      webSocket.addEventListener('message', ({ data }) => resolve(data));
      webSocket.addEventListener('error', ({ error }) => reject(error));
    });
    expect(await message).toBe('Bearer token-1 client-1');
    const closed = once(webSocket as never, 'close');
    webSocket.close();
    await closed;
  });
});

/** The types of undici leave the origin out, which every dispatcher but a Client needs. */
function originOf(origin: string): object {
  return { origin };
}

it.skipIf(!isUndici8)('speaks HTTP/2 where the agent may, and replays there', async () => {
  const { certificate, privateKey } = await (await authority()).issueServerCertificate();
  const seen: string[] = [];
  const server = http2.createSecureServer(
    { cert: certificate, key: privateKey, ca: (await authority()).certificate, requestCert: true },
    ({ headers, httpVersion, stream }, response) => {
      const socket = stream.session?.socket as TLSSocket;
      seen.push(
        `${httpVersion} ${headers.authorization} ${socket.getPeerCertificate().subject.CN}`,
      );
      response.statusCode = headers.authorization === 'Bearer token-1' ? 401 : 200;
      response.end('answer');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `https://localhost:${portOf(server)}`;
  const { manager } = await setStage();
  const dispatcher = new CredentialDispatcher(manager, {
    origins: [url],
    tls: { ca: (await authority()).certificate },
    agent: { allowH2: true },
  });
  expect(await send(dispatcher, url)).toMatchObject({ status: 200, body: 'answer' });
  expect(seen).toEqual(['2.0 Bearer token-1 client-1', '2.0 Bearer token-2 client-2']);
  await dispatcher.destroy();
});

it.skipIf(!isUndici8)('leads no request to where one went that wanted HTTP/1.1 alone', async () => {
  const { certificate, privateKey } = await (await authority()).issueServerCertificate();
  const versions: string[] = [];
  const server = http2.createSecureServer(
    { cert: certificate, key: privateKey, allowHTTP1: true },
    ({ httpVersion }, response) => {
      versions.push(httpVersion);
      response.end('answer');
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `https://localhost:${portOf(server)}`;
  const manager = createCredentialManager({ source: numberedSource('token') });
  const dispatcher = new CredentialDispatcher(manager, {
    origins: [url],
    tls: { ca: (await authority()).certificate },
    agent: { allowH2: true },
  });
  // undici 7 knows no such wish for one request.
  await send(dispatcher, url, { allowH2: false } as object);
  await send(dispatcher, url);
  expect(versions[1]).toBe('2.0');
  await dispatcher.destroy();
});

it('serves the global fetch as the global dispatcher', async () => {
  const previous = getGlobalDispatcher();
  const { server, dispatcher } = await setStage({
    server: { authorize: ({ token }) => token === 'token-2' },
  });
  const elsewhere = await startServer();
  setGlobalDispatcher(dispatcher);
  onTestFinished(() => setGlobalDispatcher(previous));
  expect((await fetch(server.url)).status).toBe(200);
  // What fetch sends is a stream by then.
  expect((await fetch(server.url, { method: 'POST', body: 'text' })).status).toBe(200);
  expect((await fetch(elsewhere.url)).status).toBe(200);
  expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2', 'token-2']);
  expect(elsewhere.requests[0]).not.toHaveProperty('token');
  expect(elsewhere.requests[0]).not.toHaveProperty('commonName');
});

it('refuses authorities that rotate beside makeInner, which connects by itself', () => {
  const manager = createCredentialManager({ source: staticSource({ token: 'one' }) });
  const ca = { name: 'trust', peek: () => ({ generation: 1, pem: '' }) };
  const options = { origins: ['https://api.example'], tls: { ca }, makeInner: () => new Agent() };
  expect(() => new CredentialDispatcher(manager, options)).toThrow(/beside "makeInner"/);
});

it('carries requests over whatever makeInner returns', async () => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  onTestFinished(() => mock.close());
  mock
    .get('https://api.example')
    .intercept({ path: '/', headers: { authorization: 'Bearer token' } })
    .reply(200, 'mocked');
  const manager = createCredentialManager({ source: staticSource({ token: 'token' }) });
  const dispatcher = new CredentialDispatcher(manager, {
    origins: ['https://api.example'],
    makeInner: () => mock,
  });
  expect((await send(dispatcher, 'https://api.example')).body).toBe('mocked');
});

it('asks for the given server name in scope, and for their own names elsewhere', async () => {
  const named = await (await authority()).issueServerCertificate({ hosts: ['api.internal'] });
  const server = https.createServer(
    { cert: named.certificate, key: named.privateKey },
    (_, response) => response.end('named'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `https://127.0.0.1:${portOf(server)}`;
  const elsewhere = await startServer();
  const { manager } = await setStage();
  const dispatcher = new CredentialDispatcher(manager, {
    origins: [url],
    tls: { ca: elsewhere.ca, servername: 'api.internal' },
  });
  expect((await send(dispatcher, url)).body).toBe('named');
  expect((await send(dispatcher, elsewhere.url)).status).toBe(200);
  dispatcher.unbind();
  expect((await send(dispatcher, url)).body).toBe('named');
  await dispatcher.destroy();
});

it('goes on after a server that closes each connection with its answer', async () => {
  const { server, dispatcher } = await setStage({
    server: {
      respond: (_request, response) => {
        response.setHeader('connection', 'close');
        response.end('bye');
      },
    },
  });
  const ended = vi.fn();
  dispatcher.on('disconnect', ended);
  for (const count of [1, 2, 3]) {
    expect((await send(dispatcher, server.url)).body).toBe('bye');
    await expect.poll(() => ended.mock.calls.length).toBe(count);
  }
});

it('serves several origins in turns', async () => {
  const servers = [await startServer(), await startServer()];
  const { manager } = await setStage();
  const origins = servers.map(({ url }) => url);
  const ca = servers.map((server) => server.ca).join('\n');
  const dispatcher = new CredentialDispatcher(manager, { origins, tls: { ca } });
  for (const url of [...origins, ...origins])
    expect((await send(dispatcher, url)).status).toBe(200);
  expect(servers.map(({ requests }) => requests.length)).toEqual([2, 2]);
  await dispatcher.destroy();
});

describe('events', () => {
  it('tell of connections, and give away no inner dispatcher', async () => {
    const { server, manager, dispatcher } = await setStage();
    const connected = vi.fn();
    const disconnected = vi.fn();
    dispatcher.on('connect', connected).on('disconnect', disconnected);
    await send(dispatcher, server.url);
    await manager.refresh();
    await expect.poll(() => disconnected.mock.calls.length).toBe(1);
    expect(connected.mock.calls[0]?.[1]).toEqual([dispatcher]);
    expect(disconnected.mock.calls[0]?.[1]).toEqual([dispatcher]);
  });

  it('tell when a limited pool has room again, from the first listener on', async () => {
    const { server, manager, dispatcher } = await setStage({ agent: { connections: 1 } });
    await send(dispatcher, server.url);
    const drained = vi.fn();
    dispatcher.on('drain', drained);
    await send(dispatcher, server.url);
    await expect.poll(() => drained.mock.calls.length).toBe(1);
    expect(drained.mock.calls[0]?.[1]).toEqual([dispatcher]);
    await manager.refresh();
    await send(dispatcher, server.url);
    await expect.poll(() => drained.mock.calls.length).toBe(2);
  });

  it.each(['once', 'addListener', 'prependListener', 'prependOnceListener'] as const)(
    'tell so through %s() as well',
    async (listen) => {
      const { server, dispatcher } = await setStage({ agent: { connections: 1 } });
      const drained = vi.fn();
      dispatcher[listen]('drain', drained);
      await send(dispatcher, server.url);
      await expect.poll(() => drained.mock.calls.length).toBe(1);
    },
  );

  it('leave the dispatcher one that can be cloned, as those of undici can', async () => {
    const { dispatcher } = await setStage({});
    expect(() => structuredClone(dispatcher)).not.toThrow();
  });

  it('print no secret, nor does the dispatcher, while requests are under way', async () => {
    const { server, dispatcher } = await setStage({ server: { respond: () => {} } });
    const printed: string[] = [];
    const print = (...given: unknown[]): void => {
      printed.push(inspect(given, { depth: 30, showHidden: true }), JSON.stringify(dispatcher));
    };
    dispatcher.on('connect', print);
    send(dispatcher, server.url).catch(() => {});
    await expect.poll(() => server.requests.length).toBe(1);
    print(dispatcher);
    expect(printed.join()).toContain('CredentialDispatcher');
    expect(printed.join()).not.toMatch(/token-1|PRIVATE KEY/);
  });
});

it.skipIf(isUndici8)('refuses HTTP/2 with undici 7, which would never see a refusal', async () => {
  const { manager, server } = await setStage();
  const options = { origins: [server.url], agent: { allowH2: true } };
  expect(() => new CredentialDispatcher(manager, options)).toThrow('needs undici 8');
});

describe('a dispatcher that makeInner returns', () => {
  async function unbindAfterUse(makeInner: () => Agent): Promise<boolean | undefined> {
    const server = await startServer();
    const manager = createCredentialManager({ source: numberedSource('token') });
    onTestFinished(() => manager.close());
    const given: Agent[] = [];
    const dispatcher = new CredentialDispatcher(manager, {
      origins: [server.url],
      makeInner: () => {
        const agent = makeInner();
        given.push(agent);
        return agent;
      },
    });
    expect(await send(dispatcher, server.url)).toMatchObject({ status: 200 });
    dispatcher.unbind();
    await dispatcher.close();
    return given[0]?.closed;
  }
  const trusting = async (): Promise<Agent> =>
    new Agent({ connect: { ca: (await authority()).certificate } });

  it('is closed where it was made for the binding', async () => {
    const ca = (await authority()).certificate;
    expect(await unbindAfterUse(() => new Agent({ connect: { ca } }))).toBe(true);
  });

  it('is left open where the program gives the same again', async () => {
    const agent = await trusting();
    expect(await unbindAfterUse(() => agent)).toBe(false);
    await agent.close();
  });

  it('is left open where it is the global one', async () => {
    const previous = getGlobalDispatcher();
    const agent = await trusting();
    setGlobalDispatcher(agent);
    onTestFinished(() => setGlobalDispatcher(previous));
    expect(await unbindAfterUse(() => getGlobalDispatcher() as Agent)).toBe(false);
    await agent.close();
  });

  it('keeps no listeners of bindings that are gone', async () => {
    const agent = await trusting();
    for (let binding = 0; binding < 12; binding += 1) await unbindAfterUse(() => agent);
    expect(agent.listenerCount('disconnect')).toBeLessThan(3);
    await agent.close();
  });
});

it('asks for no name that is an address, and checks the certificate against it', async () => {
  const { certificate, privateKey } = await (await authority()).issueServerCertificate({
    hosts: ['10.96.0.1'],
  });
  const names: unknown[] = [];
  const server = https.createServer({ cert: certificate, key: privateKey }, (request, response) => {
    names.push((request.socket as TLSSocket & { servername?: unknown }).servername);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const url = `https://127.0.0.1:${portOf(server)}`;
  const manager = createCredentialManager({ source: numberedSource('both') });
  const ca = (await authority()).certificate;
  const ask = async (servername: string): Promise<unknown> => {
    const dispatcher = new CredentialDispatcher(manager, {
      origins: [url],
      tls: { ca, servername },
    });
    onTestFinished(() => dispatcher.destroy());
    return send(dispatcher, url).catch((error: unknown) => error);
  };
  expect(await ask('10.96.0.1')).toMatchObject({ status: 200 });
  expect(await ask('10.96.0.2')).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  expect(names).toEqual([false]);
});

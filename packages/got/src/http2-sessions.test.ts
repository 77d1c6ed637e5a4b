import { once } from 'node:events';
import { connect, type ServerHttp2Stream } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createCredentialManager } from '@keyturn/core';
import got, { type Got, RequestError } from 'got';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Http2Recorded } from '../../https/test/http2-scene.js';
import { authority, numberedSource } from '../../https/test/scene.js';
import { seenBy, sessionsOf, setScene, usesHttp2Wrapper } from '../test/http2-scene.js';
import { bindGot } from './index.js';

const initialLoad = { reason: 'initial', signal: new AbortController().signal } as const;

/** A server that takes connections and says nothing, and a client that asks it. */
async function setSilentScene(): Promise<{
  readonly client: Got;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
}> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).resume();
    socket.once('close', () => sockets.delete(socket));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const manager = createCredentialManager({ source: numberedSource('both') });
  onTestFinished(() => manager.close());
  const prefixUrl = `https://localhost:${port}`;
  const bare = got.extend({ prefixUrl, http2: true, retry: { limit: 0 } });
  const { client, unbind } = bindGot(bare, manager);
  onTestFinished(unbind);
  return { client, sockets };
}

async function listenOverHttp1(port: number): Promise<void> {
  const { certificate: cert, privateKey: key } = await (await authority()).issueServerCertificate();
  const server = createHttpsServer({ cert, key }, (_, response) => response.end('by HTTP/1.1'));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
}

// Those of http2-wrapper know none of this.
describe.skipIf(usesHttp2Wrapper())('got with sessions of ours', () => {
  it('closes an idle session as soon as the certificate rotates', async () => {
    const { server, client, rotate } = await setScene(numberedSource('both'));
    await client('a');
    await rotate();
    await expect.poll(() => server.sessions.size).toBe(0);
  });

  it('cuts what outlives drainTimeoutMs', async () => {
    const respond = (stream: ServerHttp2Stream): void => {
      stream.respond({ ':status': 200 });
      stream.write('the beginning');
    };
    const options = { drainTimeoutMs: 10 };
    const { client, rotate } = await setScene(numberedSource('both'), { respond }, options);
    const answer = client.stream('a');
    await once(answer, 'data');
    await rotate();
    await expect(once(answer, 'end')).rejects.toMatchObject({ code: 'ERR_CONNECTION_DRAINED' });
  });

  it('counts a refused certificate as a refusal', async () => {
    const source = numberedSource('both');
    const loads = [{ token: 'alone' }];
    const late = { name: 'late', load: async () => loads.shift() ?? source.load(initialLoad) };
    const { server, client } = await setScene(late, { requireCertificate: true });
    expect((await client('a')).body).toBe('client-1');
    expect(seenBy(server)).toEqual([['token-1', 'client-1']]);
  });

  it('leaves a connection of the caller alone', async () => {
    const { server, client } = await setScene(numberedSource('both'));
    const h2session = connect(server.url, { ca: server.ca });
    onTestFinished(() => h2session.close());
    await once(h2session, 'connect');
    await client('a', { h2session });
    expect(seenBy(server)).toEqual([['token-1', undefined]]);
  });

  it('gives up a connection that nobody waits for any more', async () => {
    const { client, sockets } = await setSilentScene();
    const controller = new AbortController();
    const aborted = client('a', { signal: controller.signal });
    const timedOut = client('a', { timeout: { secureConnect: 50 } });
    await expect(timedOut).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(sockets.size).toBe(1);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('takes no longer to connect than the whole request may take', async () => {
    const { client, sockets } = await setSilentScene();
    const timedOut = client('a', { timeout: { request: 50 } });
    await expect(timedOut).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect.poll(() => sockets.size).toBe(0);
  });

  it('ends a request that gets no answer in time, and keeps its session', async () => {
    const respond = (stream: ServerHttp2Stream, { path, commonName }: Http2Recorded): void => {
      if (path !== '/silent') stream.respond({ ':status': 200 });
      if (path !== '/silent') stream.end(commonName);
    };
    const { server, client } = await setScene(numberedSource('both'), { respond });
    const timedOut = client('silent', { timeout: { response: 50 } });
    await expect(timedOut).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await client('a');
    expect(sessionsOf(server)).toBe(1);
  });

  it('finds out that the server has changed its protocol', async () => {
    const { server, client } = await setScene(numberedSource('both'));
    await client('a');
    await server[Symbol.asyncDispose]();
    await listenOverHttp1(Number(new URL(server.url).port));
    await expect(client('a')).rejects.toThrow(RequestError);
    expect((await client('a')).body).toBe('by HTTP/1.1');
  });

  it('does not share a session between different ways to check the server', async () => {
    const { server, client } = await setScene(numberedSource('both'));
    await client('a');
    const checkServerIdentity = (): Error => new Error('not this one');
    const checked = client('a', { https: { checkServerIdentity } });
    await expect(checked).rejects.toThrow('not this one');
    expect(server.requests).toHaveLength(1);
  });
});

import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import { inspect } from 'node:util';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { numberedSource, read, startServer } from '../../test/scene.js';
import { startWebSocketServer } from '../../test/web-socket-scene.js';
import { CredentialAgent, type CredentialAgentOptions } from './credential-agent.js';

async function answerTo(request: ClientRequest): Promise<Awaited<ReturnType<typeof read>>> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return read(response);
}

/** A server that takes the second token, and an agent that replays. */
async function scene(
  source: CredentialSource | CredentialSource['load'] = numberedSource(),
  options: Partial<CredentialAgentOptions> = {},
) {
  const server = await startServer({ authorize: ({ token }) => token === 'token-2' });
  const manager = createCredentialManager({ source });
  const agent = new CredentialAgent(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    replay: true,
    ...options,
  });
  return {
    server,
    manager,
    agent,
    send: (more: RequestOptions = {}): ClientRequest =>
      https.request(`${server.url}/path?query`, { agent, method: 'POST', ...more }),
    bodies: () => server.requests.map(({ body }) => body.toString('latin1')),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await manager.close();
      await server.close();
    },
  };
}

const bytes = Buffer.from([0, 255, 10]);

describe('an agent with "replay" sends a refused request once more', () => {
  it.each<[string, (request: ClientRequest) => unknown, string]>([
    ['nothing', (request) => request.end(), ''],
    ['end(text)', (request) => request.end('hällo', 'utf8'), 'h\u00c3\u00a4llo'],
    ['end(text, latin1)', (request) => request.end('hällo', 'latin1'), 'hällo'],
    ['end(bytes)', (request) => request.end(bytes, () => {}), bytes.toString('latin1')],
    ['write, end', (request) => [request.write('one'), request.end()], 'one'],
    [
      'write, write, end',
      (request) => [request.write('a'), request.write(bytes), request.end('b')],
      'a\0\u00ff\nb',
    ],
  ])('with the body that it was given by %s', async (_, give, body) => {
    await using at = await scene();
    const request = at.send({ headers: { 'X-Own': ['1', '2'], 'content-type': 'text/plain' } });
    give(request);
    expect((await answerTo(request)).status).toBe(200);
    expect(at.bodies()).toEqual([body, body]);
    const [first, second] = at.server.requests.map(({ method, path, headers }) => {
      const { authorization, ...others } = headers;
      return { method, path, authorization, others };
    });
    expect(second).toEqual({ ...first, authorization: 'Bearer token-2' });
  });

  it('of 4 MiB', async () => {
    await using at = await scene();
    expect((await answerTo(at.send().end(Buffer.alloc(4_194_304)))).status).toBe(200);
  });

  it('which was made while a credential was held', async () => {
    await using at = await scene();
    await at.agent.ready();
    const request = at.send();
    expect(request.getHeader('authorization')).toBe('[redacted]');
    expect((await answerTo(request.end('warm'))).status).toBe(200);
    expect(at.server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });

  it('with the bytes of the call, although their buffer is used again', async () => {
    await using at = await scene();
    const buffer = Buffer.from('mine');
    const request = at.send();
    request.end(buffer, () => buffer.fill('x'));
    expect((await answerTo(request)).status).toBe(200);
    expect(at.bodies()[1]).toBe('mine');
  });

  it('as a WebSocket that is opened on the second try', async () => {
    await using server = await startWebSocketServer({
      authorize: ({ authorization }) => authorization === 'Bearer token-2',
    });
    const manager = createCredentialManager({ source: numberedSource() });
    const origins = [server.url.replace('wss:', 'https:')];
    const tls = { ca: server.ca };
    const agent = new CredentialAgent(manager, { origins, tls, replay: true });
    const socket = new WebSocket(server.url, ['one'], { agent });
    await once(socket, 'open');
    expect(server.upgrades.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    socket.terminate();
    await manager.close();
  });

  it('and shows neither token in it', async () => {
    await using at = await scene();
    const request = at.send();
    await answerTo(request.end());
    expect(inspect(request, { depth: Infinity, showHidden: true })).not.toMatch(/token-[12]/);
  });
});

describe('it passes the refusal on', () => {
  it('of a body that is still being written when the request has begun', async () => {
    await using at = await scene();
    const request = at.send();
    setImmediate(() => request.end('late'));
    expect((await answerTo(request)).status).toBe(401);
    expect((await answerTo(at.send().end())).status).toBe(200);
  });

  it.each<[string, string | Buffer]>([
    ['', Buffer.alloc(4_194_305)],
    [' in fewer characters', 'h\u00e4'.repeat(1_398_102)],
  ])('of more than 4 MiB%s', async (_, body) => {
    await using at = await scene();
    expect(Buffer.byteLength(body)).toBeGreaterThan(4_194_304);
    expect((await answerTo(at.send().end(body))).status).toBe(401);
  });

  it('where there is no other credential, whole', async () => {
    await using at = await scene(async () => ({ token: 'token-1' }));
    const { status, body } = await answerTo(at.send().end());
    expect([status, JSON.parse(body).reason]).toEqual([401, 'Unauthorized']);
    expect(at.server.requests).toHaveLength(1);
  });

  it('of a request with an Authorization of its own, which runs nothing', async () => {
    const source = numberedSource();
    await using at = await scene(source);
    const headers = { authorization: 'Bearer mine' };
    expect((await answerTo(at.send({ headers }).end())).status).toBe(401);
    expect(source.loads).toBe(0);
  });
});

describe('who waits for a replay', () => {
  it('gets the refusal where the source fails, and one close', async () => {
    let loads = 0;
    await using at = await scene(async () => {
      loads += 1;
      if (loads > 1) throw new Error('no more');
      return { token: 'token-1' };
    });
    const request = at.send();
    const closed = new Promise((resolve) => request.on('close', resolve));
    expect((await answerTo(request.end())).status).toBe(401);
    await closed;
  });

  it('can give it up while the source is asked', async () => {
    const source = controlledSource();
    await using at = await scene(source);
    const request = at.send();
    request.end();
    (await source.nextLoad()).succeed({ token: 'token-1' });
    await source.nextLoad();
    expect(await endOf(request, new Error('given up'))).toMatchObject({ message: 'given up' });
  });

  it('can give it up while it is on its way: its connection ends, too', async () => {
    await using server = await startServer({
      authorize: ({ token }) => token === 'token-2',
      respond: () => {},
    });
    const manager = createCredentialManager({ source: numberedSource() });
    const tls = { ca: server.ca };
    const agent = new CredentialAgent(manager, { origins: [server.url], tls, replay: true });
    const request = https.get(server.url, { agent });
    await expect.poll(() => server.requests.length).toBe(2);
    const second = server.requests[1]?.connection ?? 0;
    expect(await endOf(request, new Error('given up'))).toMatchObject({ message: 'given up' });
    await expect.poll(() => server.connections.isOpen(second)).toBe(false);
    await manager.close();
  });
});

/** Destroys a request, and resolves with its error when it has closed. */
async function endOf(request: ClientRequest, reason: Error): Promise<unknown> {
  const closed = new Promise((resolve) => request.once('close', resolve));
  const failed = new Promise((resolve) => request.once('error', resolve));
  request.destroy(reason);
  const error = await failed;
  await closed;
  return error;
}

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import got, { type Got, Options } from 'got';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authority, numberedSource, startServer } from '../../https/test/scene.js';
import { bindGot } from './index.js';

function bindTo(url: string, ca: string, source: CredentialSource = numberedSource()): Got {
  const manager = createCredentialManager({ source });
  const bare = got.extend({ prefixUrl: url, retry: { limit: 0 } });
  const { client, unbind } = bindGot(bare, manager, { tls: { ca } });
  onTestFinished(async () => {
    unbind();
    await manager.close();
  });
  return client;
}

// got 15 and 16 fail with the broken upload, bound or not, before they read what the server said.
describe.skipIf('shouldCopyPipedHeader' in new Options('https://localhost'))(
  'a long body whose upload breaks because the server refuses early',
  () => {
    it.each([
      ['and the next credential is there only then', true],
      ['while the next credential is there already', false],
    ])('is replayed, %s', async (_, waits) => {
      const { certificate: ca, issueServerCertificate } = await authority();
      const { certificate: cert, privateKey: key } = await issueServerCertificate();
      let isBroken = Promise.resolve();
      const numbered = numberedSource();
      const load: CredentialSource['load'] = async (context) => {
        if (waits) await isBroken;
        return numbered.load(context);
      };
      const server = createServer({ cert, key }, (request, response) => {
        if (request.headers.authorization === 'Bearer token-2') {
          request.resume().on('end', () => response.end('whole'));
          return;
        }
        isBroken = once(request.socket, 'close').then(() => {});
        response.writeHead(401, { connection: 'close', 'content-length': 2 });
        // Later than the answer takes: of what is destroyed at once nobody learns.
        response.end('no', () => setTimeout(() => request.socket.destroy(), 30));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      onTestFinished(() => {
        server.close();
        server.closeAllConnections();
      });
      const client = bindTo(`https://localhost:${(server.address() as AddressInfo).port}`, ca, {
        name: 'numbered',
        load,
      });
      expect(await client.post('', { body: Buffer.alloc(8 << 20) }).text()).toBe('whole');
    });
  },
);

it('replaces a kept connection that the server closes, once, for what may be repeated', async () => {
  let asked = 0;
  const server = await startServer({
    respond: (request, response) => {
      asked += 1;
      if (asked === 2 || request.url === '/always') request.socket.destroy();
      else response.end('whole');
    },
  });
  onTestFinished(() => server.close());
  const client = bindTo(server.url, server.ca);
  await client('');
  expect(await client('').text()).toBe('whole');
  await expect(client('always')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(server.requests.filter(({ path }) => path === '/always')).toHaveLength(2);
});

describe('a stream whose kept connection the server closes', () => {
  async function closingStage() {
    const source = numberedSource();
    const manager = createCredentialManager({ source });
    let asked = 0;
    const server = await startServer({
      respond: async (request, response) => {
        asked += 1;
        if (asked === 2) await manager.refresh();
        if (asked === 2 || request.url === '/always') request.socket.destroy();
        else response.end('whole');
      },
    });
    onTestFinished(async () => {
      await manager.close();
      await server.close();
    });
    const bare = got.extend({ prefixUrl: server.url, retry: { limit: 0 } });
    const { client } = bindGot(bare, manager, { tls: { ca: server.ca } });
    expect(await text(client.stream(''))).toBe('whole');
    return { server, client };
  }

  it('goes on over a new one where it may be repeated, with the newest token', async () => {
    const { server, client } = await closingStage();
    const stream = client.stream('', { timeout: { request: 30_000, socket: 10_000 } });
    expect(await text(stream)).toBe('whole');
    expect(stream.response?.statusCode).toBe(200);
    expect(server.requests.map(({ token, connection }) => [token, connection])).toEqual([
      ['token-1', 1],
      ['token-1', 1],
      ['token-2', 2],
    ]);
  });

  it('goes on with the body that it was given', async () => {
    const { server, client } = await closingStage();
    const headers = { 'idempotency-key': '1' };
    expect(await text(client.stream.post('', { body: 'some text', headers }))).toBe('whole');
    expect(server.requests.slice(1).map(({ body }) => String(body))).toEqual(
      Array(2).fill('some text'),
    );
  });

  it.each([
    ['may not be repeated', { method: 'POST', body: 'x' }],
    ['is written by its caller', { method: 'POST', headers: { 'idempotency-key': '1' } }],
  ] as const)('fails where it %s', async (_, options) => {
    const { server, client } = await closingStage();
    const stream = client.stream('', options);
    if (!('body' in options)) stream.end('x');
    await expect(text(stream)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(server.requests).toHaveLength(2);
  });

  it('fails where the new one breaks too, and where its caller has gone', async () => {
    const { server, client } = await closingStage();
    await expect(text(client.stream('always'))).rejects.toMatchObject({ code: 'ECONNRESET' });
    const left = client.stream('always');
    left.once('request', () => left.destroy(new Error('left')));
    await expect(text(left)).rejects.toThrow('left');
    expect(server.requests.filter(({ path }) => path === '/always').length).toBeLessThan(4);
  });
});

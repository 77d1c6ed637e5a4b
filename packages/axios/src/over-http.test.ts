import { once } from 'node:events';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { startTestApiServer } from '@keyturn/testkit';
import axios, { type AxiosError, type AxiosRequestConfig } from 'axios';
import { expect, it, onTestFinished } from 'vitest';
import { bindAxios } from './bind-axios.js';
import { sentFor } from './over-http.js';

/** A client of the adapter of fetch, whose credential has headers: it goes over http. */
async function stage(config: AxiosRequestConfig = {}) {
  const server = await startTestApiServer({
    plainHttp: true,
    respond: (request, response) => {
      const status = Number(/\?(\d+)/.exec(request.url ?? '')?.[1] ?? 200);
      response.writeHead(status, { location: '/again?302' }).end('{"a":1}');
    },
  });
  const source = async () => ({ token: 's3cret', headers: { 'X-API-Key': 'k3y' } });
  const manager = createCredentialManager({ source });
  onTestFinished(async () => {
    await manager.close();
    await server.close();
  });
  const bare = axios.create({ baseURL: server.url, adapter: 'fetch', ...config });
  return { client: bindAxios(bare, manager).client, server };
}

it('shows the request of fetch, of which JSON can be made', async () => {
  const { client, server } = await stage();
  const answer = await client.get('/there', { params: { q: 1 } });
  expect(answer.request).toBeInstanceOf(Request);
  expect(answer.request.url).toBe(`${server.url}/there?q=1`);
  expect(() => JSON.stringify(answer)).not.toThrow();
  expect(server.requests[0]?.headers['x-api-key']).toBe('k3y');
});

it('shows it with a refusal, and where nobody answers', async () => {
  const { client, server } = await stage();
  const refused: AxiosError = await client.get('/no?500').catch((error) => error);
  expect(refused.request).toBeInstanceOf(Request);
  expect(refused.response?.request).toBeInstanceOf(Request);
  await server.close();
  const failed: AxiosError = await client.get('/gone').catch((error) => error);
  expect(failed.request).toBeInstanceOf(Request);
  for (const error of [refused, failed]) {
    const shown = JSON.stringify(error) + JSON.stringify(error.response ?? {});
    expect(shown).not.toMatch(/s3cret|k3y/);
  }
});

it('leaves an agent of the caller alone, on each hop', async () => {
  const httpAgent = new Agent({ keepAlive: true });
  const { client, server } = await stage({ httpAgent });
  const ask = client.get('/round?302', { maxRedirects: 3 }).catch((error: AxiosError) => error);
  const failed = (await ask) as AxiosError;
  expect(server.requests).toHaveLength(4);
  expect(failed.config?.httpAgent).toBe(httpAgent);
  expect([httpAgent.sockets, httpAgent.freeSockets, httpAgent.requests]).toEqual([{}, {}, {}]);
  expect(() => JSON.stringify(failed.config)).not.toThrow();
});

it('gives a stream of the web', async () => {
  const { client } = await stage();
  const { data } = await client.get('/stream', { responseType: 'stream' });
  expect(await new Response(data).json()).toEqual({ a: 1 });
});

it('keeps the secrets out of what was sent in its place, behind a redirect, too', async () => {
  const { client } = await stage();
  const failed: AxiosError = await client.get('/round?302', { maxRedirects: 2 }).catch((e) => e);
  const answer = await client.get('/there');
  for (const { request } of [failed, answer]) {
    const sent = sentFor(request);
    expect(sent).not.toBe(request);
    expect(inspect(sent, { depth: 12, showHidden: true })).not.toMatch(/s3cret|k3y/);
  }
});

it('sends again what a kept connection has closed under', async () => {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    if (count === 2) request.socket.destroy();
    else response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const { client } = await stage({ baseURL: `http://127.0.0.1:${port}` });
  await client.get('/first');
  expect((await client.get('/again')).status).toBe(200);
  expect(count).toBe(3);
});

import { inspect } from 'node:util';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import type { BindOptions } from '@keyturn/core/binding';
import axios, { type AxiosInstance, isAxiosError } from 'axios';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Http2Recorded,
  type Http2ServerOptions,
  type Http2TestServer,
  startHttp2Server,
} from '../../https/test/http2-scene.js';
import { numberedSource, startServer as startHttp1Server } from '../../https/test/scene.js';
import { bindAxios } from './index.js';

const initialLoad = { reason: 'initial', signal: new AbortController().signal } as const;

async function startServer(options: Http2ServerOptions = {}): Promise<Http2TestServer> {
  const server = await startHttp2Server(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

interface Scene {
  readonly server: Http2TestServer;
  readonly client: AxiosInstance;
  /** A new credential. */
  rotate(): Promise<unknown>;
  unbind(): void;
}

async function setScene(
  source: CredentialSource,
  serverOptions: Http2ServerOptions = {},
  options: BindOptions = {},
): Promise<Scene> {
  const server = await startServer(serverOptions);
  const manager = createCredentialManager({ source });
  onTestFinished(() => manager.close());
  const bare = axios.create({ baseURL: server.url, httpVersion: 2 });
  const { client, unbind } = bindAxios(bare, manager, { tls: { ca: server.ca }, ...options });
  return { server, client, rotate: () => manager.refresh(), unbind };
}

const seenBy = ({ requests }: Http2TestServer) =>
  requests.map(({ token, commonName, session }) => [token, commonName, session]);

// Older ones know no `httpVersion`: a server that speaks only HTTP/2 cannot be reached with them, bound or not.
const knowsHttp2 = isAtLeast(axios.VERSION, [1, 13]);

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split('.').map(Number);
  return itsMajor > major || (itsMajor === major && itsMinor >= minor);
}

it.skipIf(knowsHttp2)('goes over HTTP/1.1 where axios knows no other', async () => {
  const server = await startHttp1Server();
  onTestFinished(() => server.close());
  const manager = createCredentialManager({ source: numberedSource('both') });
  onTestFinished(() => manager.close());
  const bare = axios.create({ baseURL: server.url, httpVersion: 2 });
  const { client, unbind } = bindAxios(bare, manager, { tls: { ca: server.ca } });
  const { config } = await client.get('/');
  unbind();
  expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }]);
  expect(config.http2Options).toBeUndefined();
});

describe.skipIf(!knowsHttp2)('axios over HTTP/2', () => {
  it('presents the certificate of each generation on a session of its own', async () => {
    const { server, client, rotate } = await setScene(numberedSource('both'));
    const names = [(await client.get('/')).data, (await client.get('/again')).data];
    await rotate();
    names.push((await client.get('/')).data, (await client.get('/again')).data);
    expect(names).toEqual(['client-1', 'client-1', 'client-2', 'client-2']);
    expect(seenBy(server)).toEqual([
      ['token-1', 'client-1', 1],
      ['token-1', 'client-1', 1],
      ['token-2', 'client-2', 2],
      ['token-2', 'client-2', 2],
    ]);
  });

  it('closes an old session when it has been idle for the sessionTimeout of axios', async () => {
    const { server, client, rotate } = await setScene(numberedSource('both'));
    const http2Options = { sessionTimeout: 10 };
    await client.get('/', { http2Options });
    await rotate();
    await client.get('/', { http2Options });
    await expect.poll(() => server.sessions.size).toBe(0);
  });

  it('keeps the session when only the token rotates', async () => {
    const { server, client, rotate } = await setScene(numberedSource());
    await client.get('/');
    await rotate();
    await client.get('/');
    expect(seenBy(server)).toEqual([
      ['token-1', undefined, 1],
      ['token-2', undefined, 1],
    ]);
  });

  it('shows another origin neither token nor certificate, and trusts it as told', async () => {
    const { client } = await setScene(numberedSource('both'));
    const elsewhere = await startServer();
    await client.get('/');
    await client.get(`${elsewhere.url}/`);
    expect(seenBy(elsewhere)).toEqual([[undefined, undefined, 1]]);
  });

  it('replays a refusal with the certificate of the next generation', async () => {
    const authorize = ({ token }: Http2Recorded): boolean => token !== 'token-1';
    const { server, client } = await setScene(numberedSource('both'), { authorize });
    expect((await client.post('/', { item: 7 })).data).toBe('client-2');
    expect(server.requests.map(({ body }) => String(body))).toEqual(['{"item":7}', '{"item":7}']);
  });

  it('leaves the session to a caller who brings a certificate or a connection', async () => {
    const { server, client } = await setScene(numberedSource('both'));
    const own = await numberedSource('both').load(initialLoad);
    const { certificate: cert, privateKey: key } = own.clientCertificate ?? {};
    await client.get('/', { http2Options: { ca: server.ca, cert, key } as object });
    expect(seenBy(server)).toEqual([['token-1', 'client-1', 1]]);
    await client.get('/');
    expect(seenBy(server)[1]).toEqual(['token-1', 'client-1', 2]);
  });

  it('presents nothing after unbind()', async () => {
    const { server, client, unbind } = await setScene(numberedSource('both'));
    await client.get('/');
    unbind();
    await client.get('/');
    expect(seenBy(server)[1]).toEqual([undefined, undefined, 2]);
  });

  it('puts nothing into the configuration of answers and errors', async () => {
    const { client } = await setScene(numberedSource('both'), {
      authorize: ({ path }) => path === '/fine',
    });
    const http2Options = { maxSessionMemory: 20 };
    const response = await client.get('/fine', { http2Options });
    const error = await client.get('/refused', { http2Options }).catch((reason: unknown) => reason);
    if (!isAxiosError(error)) throw error;
    for (const { config } of [response, error]) expect(config?.http2Options).toEqual(http2Options);
    const printed = inspect([response, error], { depth: Number.POSITIVE_INFINITY });
    expect(printed + JSON.stringify(error)).not.toMatch(/token-|PRIVATE KEY/);
  });

  it('puts nothing into what is under way on the session of an answer', async () => {
    const abort = new AbortController();
    const { client } = await setScene(numberedSource('both'), {
      respond: (stream, { path }) => {
        if (path === '/fine') stream.respond({ ':status': 200 }, { endStream: true });
      },
    });
    const late = client.get('/late', { signal: abort.signal }).catch(() => {});
    const { request } = await client.get('/fine');
    const everything = { depth: Number.POSITIVE_INFINITY, showHidden: true, customInspect: false };
    const printed = inspect(request.session, everything);
    expect(printed).toContain("':path': '/late'");
    expect(printed).not.toContain('token-');
    abort.abort();
    await late;
  });

  it('carries the headers of a credential, shows them to nobody and to no other origin', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return { headers: { 'X-API-Key': `key-${loads}`, 'X-B': 'ours' } };
    };
    const { server, client } = await setScene(
      { name: 'keyed', load },
      { authorize: ({ headers }) => headers['x-api-key'] !== 'key-1' },
    );
    const elsewhere = await startServer();
    const response = await client.get('/refused', { headers: { 'x-b': 'mine' } });
    await client.get(`${elsewhere.url}/`);
    const carried = ({ requests }: Http2TestServer) =>
      requests.map(({ headers }) => [headers['x-api-key'], headers['x-b']]);
    expect(carried(server)).toEqual([
      ['key-1', 'mine'],
      ['key-2', 'mine'],
    ]);
    expect(carried(elsewhere)).toEqual([[undefined, undefined]]);
    const everything = { depth: Number.POSITIVE_INFINITY, showHidden: true, customInspect: false };
    expect(inspect(response, everything) + inspect(response)).not.toMatch(/key-\d/);
  });

  it('counts a refused certificate as a refusal', async () => {
    const source = numberedSource('both');
    const loads = [{ token: 'alone' }];
    const late = { name: 'late', load: async () => loads.shift() ?? source.load(initialLoad) };
    const { client } = await setScene(late, { requireCertificate: true });
    expect((await client.get('/')).data).toBe('client-1');
  });
});

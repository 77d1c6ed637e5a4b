import { inspect } from 'node:util';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import type { BindOptions } from '@keyturn/core/binding';
import got, { type Got, RequestError } from 'got';
import { expect, it, onTestFinished, vi } from 'vitest';
import {
  type Http2Recorded,
  type Http2ServerOptions,
  type Http2TestServer,
  startHttp2Server,
} from '../../https/test/http2-scene.js';
import { numberedSource, startServer as startHttp1Server } from '../../https/test/scene.js';
import { bindGot } from './index.js';

async function startServer(options: Http2ServerOptions = {}): Promise<Http2TestServer> {
  const server = await startHttp2Server(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

interface Scene {
  readonly server: Http2TestServer;
  readonly client: Got;
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
  const bare = got.extend({ prefixUrl: server.url, http2: true, retry: { limit: 0 } });
  const { client, unbind } = bindGot(bare, manager, { tls: { ca: server.ca }, ...options });
  return { server, client, rotate: () => manager.refresh(), unbind };
}

const seenBy = ({ requests }: Http2TestServer) =>
  requests.map(({ token, commonName }) => [token, commonName]);

const sessionsOf = ({ requests }: Http2TestServer): number =>
  new Set(requests.map(({ session }) => session)).size;

it('presents the certificate of each generation on a session of its own', async () => {
  const { server, client, rotate } = await setScene(numberedSource('both'));
  const names = [(await client('a')).body, (await client('b')).body];
  await rotate();
  names.push((await client('a')).body, (await client('b')).body);
  expect(names).toEqual(['client-1', 'client-1', 'client-2', 'client-2']);
  expect(seenBy(server)).toEqual([
    ['token-1', 'client-1'],
    ['token-1', 'client-1'],
    ['token-2', 'client-2'],
    ['token-2', 'client-2'],
  ]);
  expect(sessionsOf(server)).toBe(2);
});

it('closes an old session when the next is needed', async () => {
  const { server, client, rotate } = await setScene(numberedSource('both'));
  for (let count = 0; count < 4; count += 1) {
    await client('a');
    await rotate();
  }
  await vi.waitFor(() => expect(server.sessions.size).toBe(1));
});

it('ends a request on an old session as it began', async () => {
  let release = (): void => {};
  const { client, rotate } = await setScene(numberedSource('both'), {
    respond: (stream, { path, commonName }) => {
      stream.respond({ ':status': 200 });
      const finish = (): unknown => stream.end(commonName);
      if (path === '/slow') release = finish;
      else finish();
    },
  });
  const slow = client('slow');
  await vi.waitFor(() => expect(release.name).toBe('finish'));
  await rotate();
  expect((await client('fast')).body).toBe('client-2');
  release();
  expect((await slow).body).toBe('client-1');
});

it('keeps the session when only the token rotates', async () => {
  const { server, client, rotate } = await setScene(numberedSource());
  await client('a');
  await rotate();
  await client('a');
  expect(seenBy(server)).toEqual([
    ['token-1', undefined],
    ['token-2', undefined],
  ]);
  expect(sessionsOf(server)).toBe(1);
});

it('shows another origin neither token nor certificate', async () => {
  const elsewhere = await startServer();
  const { client, server } = await setScene(numberedSource('both'), {
    respond: (stream) => {
      stream.respond({ ':status': 302, location: `${elsewhere.url}/moved` });
      stream.end();
    },
  });
  await client('redirected');
  expect(seenBy(server)).toEqual([['token-1', 'client-1']]);
  await client(new URL(`${elsewhere.url}/asked`), { prefixUrl: '' });
  expect(seenBy(elsewhere)).toEqual([
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

it('replays a refusal with the certificate of the next generation', async () => {
  const authorize = ({ token }: Http2Recorded): boolean => token !== 'token-1';
  const { server, client } = await setScene(numberedSource('both'), { authorize });
  expect((await client.post('a', { json: { item: 7 } })).body).toBe('client-2');
  expect(server.requests.map(({ body }) => String(body))).toEqual(['{"item":7}', '{"item":7}']);
});

it('presents the certificate to a server that admits nobody without one', async () => {
  const { client } = await setScene(numberedSource('both'), { requireCertificate: true });
  expect((await client('a')).body).toBe('client-1');
});

it('presents the certificate over HTTP/1.1 where the server knows no other', async () => {
  const server = await startHttp1Server();
  onTestFinished(() => server.close());
  const manager = createCredentialManager({ source: numberedSource('both') });
  const bare = got.extend({ prefixUrl: server.url, http2: true });
  const { client, unbind } = bindGot(bare, manager, { tls: { ca: server.ca } });
  onTestFinished(unbind);
  await client('a');
  expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }]);
});

it('asks through a cache as the same', async () => {
  const { client } = await setScene(numberedSource('both'));
  expect((await client('a', { cache: new Map() })).body).toBe('client-1');
});

it('presents nothing after unbind(), and closes what was idle', async () => {
  const { server, client, unbind } = await setScene(numberedSource('both'));
  await client('a');
  unbind();
  await vi.waitFor(() => expect(server.sessions.size).toBe(0));
  await client('a', { https: { certificateAuthority: server.ca } });
  expect(seenBy(server)[1]).toEqual([undefined, undefined]);
});

it('fails as got does where no server answers', async () => {
  const { client } = await setScene(numberedSource('both'));
  const nowhere = client('https://localhost:1', { prefixUrl: '' });
  await expect(nowhere).rejects.toMatchObject({ name: 'RequestError', code: 'ECONNREFUSED' });
});

it('puts no secret into the options of answers and errors', async () => {
  const { client } = await setScene(numberedSource('both'), {
    authorize: ({ path }) => path === '/fine',
  });
  const response = await client('fine');
  const error = await client('refused').catch((reason: unknown) => reason);
  if (!(error instanceof RequestError)) throw error;
  const { options } = response.request;
  const printed = inspect([response, error, options], { depth: Number.POSITIVE_INFINITY });
  expect(printed + JSON.stringify(error.options)).not.toMatch(/token-|PRIVATE KEY/);
});

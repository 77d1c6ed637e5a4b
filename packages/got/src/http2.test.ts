import { once } from 'node:events';
import { constants, type ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import got, { RequestError } from 'got';
import { expect, it, onTestFinished } from 'vitest';
import type { Http2Recorded, Http2TestServer } from '../../https/test/http2-scene.js';
import { numberedSource, startServer as startHttp1Server } from '../../https/test/scene.js';
import { seenBy, sessionsOf, setScene, startServer } from '../test/http2-scene.js';
import { bindGot } from './index.js';

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
  await expect.poll(() => server.sessions.size).toBe(1);
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
  await expect.poll(() => release.name).toBe('finish');
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
  await expect.poll(() => server.sessions.size).toBe(0);
  await client('a', { https: { certificateAuthority: server.ca } });
  expect(seenBy(server)[1]).toEqual([undefined, undefined]);
});

it('trusts after unbind() whom it trusted before', async () => {
  const { server, client, unbind } = await setScene(numberedSource('both'));
  unbind();
  await client('a');
  expect(seenBy(server)).toEqual([[undefined, undefined]]);
});

it('connects once for all requests of the start', async () => {
  const { server, client } = await setScene(numberedSource('both'));
  await Promise.all(Array.from({ length: 40 }, (_, number) => client(`${number}`)));
  expect([server.requests.length, sessionsOf(server)]).toEqual([40, 1]);
});

it('replaces a session that has broken, and one that the server has taken leave of', async () => {
  const { server, client } = await setScene(numberedSource('both'));
  for (const end of ['destroy', 'close'] as const) {
    await client('a');
    const [session] = server.sessions;
    session?.[end]();
    await expect.poll(() => server.sessions.size).toBe(0);
  }
  expect((await client('a')).body).toBe('client-1');
});

it('sends and receives streams', async () => {
  const { server, client } = await setScene(numberedSource('both'));
  const answer = client.stream.post('a', { body: Readable.from(['half ', 'and half']) });
  expect(await text(answer)).toBe('client-1');
  expect(server.requests.map(({ body }) => String(body))).toEqual(['half and half']);
});

it('ends when its caller aborts', async () => {
  const closed: Promise<unknown>[] = [];
  const respond = (stream: ServerHttp2Stream): unknown => closed.push(once(stream, 'close'));
  const { client } = await setScene(numberedSource('both'), { respond });
  const controller = new AbortController();
  const aborted = client('a', { signal: controller.signal });
  await expect.poll(() => closed).toHaveLength(1);
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  await Promise.all(closed);
});

it('lets an Authorization of the caller win, beside the certificate, and presents neither where there is to be none', async () => {
  const { server, client } = await setScene(numberedSource('both'));
  await client('a');
  await client('a', { headers: { authorization: 'Bearer mine' } });
  await client('a', { headers: { authorization: undefined } });
  expect(seenBy(server).slice(1)).toEqual([
    ['mine', 'client-1'],
    [undefined, undefined],
  ]);
});

it('keeps no process alive with an idle session', async () => {
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length;
  let release = (): void => {};
  const respond = (stream: ServerHttp2Stream, { path }: Http2Recorded): void => {
    stream.respond({ ':status': 200 });
    const finish = (): unknown => stream.end();
    if (path === '/slow') release = finish;
    else finish();
  };
  const { client } = await setScene(numberedSource('both'), { respond });
  const before = sockets();
  await client('fast');
  // That of the server, which is in this process too.
  const idle = before + 1;
  await expect.poll(() => sockets()).toBe(idle);
  const slow = client('slow');
  await expect.poll(() => sockets()).toBe(idle + 1);
  await expect.poll(() => release.name).toBe('finish');
  release();
  await slow;
  await expect.poll(() => sockets()).toBe(idle);
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

it('sends what is refused unprocessed again and again with the newest token', async () => {
  let refusals = 0;
  const { server, client, rotate } = await setScene(numberedSource(), {
    respond: async (stream) => {
      refusals += 1;
      if (refusals > 3) return void stream.end('served');
      if (refusals < 3) await rotate();
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    },
  });
  expect((await client.post('a', { body: 'some text' })).body).toBe('served');
  const tokens = server.requests.map(({ token }) => token);
  expect(tokens).toEqual(['token-1', 'token-2', 'token-3', 'token-3']);
});

/** `key-1`, then `key-2` … in a header, and no token. */
function keyedSource(): CredentialSource {
  let loads = 0;
  const load = async () => {
    loads += 1;
    return { headers: { 'X-API-Key': `key-${loads}`, 'X-Tenant': 'ours' } };
  };
  return { name: 'keyed', load };
}

const keysOf = ({ requests }: Http2TestServer): unknown[] =>
  requests.map(({ headers }) => headers['x-api-key']);

it('carries the headers of a credential, the newest with what is sent again', async () => {
  let arrived = 0;
  const { server, client, rotate } = await setScene(keyedSource(), {
    respond: async (stream) => {
      arrived += 1;
      if (arrived !== 2) return void stream.end('served');
      await rotate();
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
    },
  });
  await client('first', { headers: { 'x-tenant': 'mine' } });
  expect((await client.post('a', { body: 'some text' })).body).toBe('served');
  expect(keysOf(server)).toEqual(['key-1', 'key-1', 'key-2']);
  const tenants = server.requests.map(({ headers }) => headers['x-tenant']);
  expect(tenants).toEqual(['mine', 'ours', 'ours']);
});

it('replays with the headers of the next credential, and shows none of them', async () => {
  const { server, client } = await setScene(keyedSource(), {
    authorize: ({ headers }) => headers['x-api-key'] !== 'key-1',
  });
  const response = await client('refused');
  expect(keysOf(server)).toEqual(['key-1', 'key-2']);
  const everything = { depth: Number.POSITIVE_INFINITY, showHidden: true, customInspect: false };
  expect(inspect(response, everything) + inspect(response)).not.toMatch(/key-\d/);
});

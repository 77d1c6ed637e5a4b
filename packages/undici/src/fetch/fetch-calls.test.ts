import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { controlledSource, manualClock, type RecordedRequest } from '@keyturn/testkit';
import {
  Agent,
  FormData as UndiciFormData,
  Request as UndiciRequest,
  fetch as undiciFetch,
} from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { numberedSource, setStage, startServer } from '../../test/stage.js';
import { type BindFetchOptions, bindFetch, type FetchLike } from '../index.js';

const secondOnly = ({ token }: RecordedRequest): boolean => token !== 'token-1';

type Fetch = typeof globalThis.fetch;

/** A bound fetch, with what `setStage` makes. */
async function bound(
  { fetch = globalThis.fetch, ...options }: Partial<BindFetchOptions> & { fetch?: Fetch } = {},
  stage: Parameters<typeof setStage>[0] = { server: { authorize: secondOnly } },
) {
  const { server, manager } = await setStage(stage);
  const binding = bindFetch(fetch, manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  onTestFinished(() => binding.unbind());
  return { server, manager, ...binding };
}

describe('a Request', () => {
  it.each([
    ['the global fetch', globalThis.fetch, Request],
    ["undici's fetch", undiciFetch as unknown as Fetch, UndiciRequest as unknown as typeof Request],
  ])('is replayed whole: %s', async (_, fetch, Made) => {
    const { server, client } = await bound({ fetch });
    const request = new Made(`${server.url}/posted`, {
      method: 'POST',
      body: 'some text',
      headers: { 'x-own': 'kept' },
    });
    expect((await client(request)).status).toBe(200);
    expect(request.bodyUsed).toBe(true);
    expect(
      server.requests.map(({ method, body, headers }) => [
        method,
        String(body),
        headers['x-own'],
        headers['content-type'],
      ]),
    ).toEqual(Array(2).fill(['POST', 'some text', 'kept', 'text/plain;charset=UTF-8']));
  });

  it('is not replayed where its body is too large to be kept', async () => {
    const { server, client } = await bound();
    const body = 'x'.repeat(1_048_577);
    const request = new Request(server.url, { method: 'POST', body });
    expect((await client(request)).status).toBe(401);
    expect(server.requests.map((recorded) => recorded.body.length)).toEqual([body.length]);
  });

  it('is not copied with "replay: false"', async () => {
    const { server, client } = await bound({ replay: false });
    const request = new Request(server.url, { method: 'POST', body: 'text' });
    const clone = vi.spyOn(request, 'clone');
    expect((await client(request)).status).toBe(401);
    expect(clone).not.toHaveBeenCalled();
  });

  it('keeps an Authorization of its own, unless the options replace its headers', async () => {
    const { server, client } = await bound();
    const request = new Request(server.url, { headers: { authorization: 'Basic mine' } });
    await client(request);
    await client(request, { headers: { accept: 'x/y' } });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Basic mine',
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('can stand for the options', async () => {
    const { server, client } = await bound();
    const options = new Request('https://elsewhere.example', {
      method: 'DELETE',
      headers: { 'x-own': 'kept' },
    });
    expect((await client(server.url, options)).status).toBe(200);
    expect(server.requests[1]).toMatchObject({ method: 'DELETE', headers: { 'x-own': 'kept' } });
  });

  it('ends the wait with its own signal', async () => {
    const source = controlledSource();
    const { server, client } = await bound({}, { source });
    const abort = new AbortController();
    const waiting = client(new Request(server.url, { signal: abort.signal }));
    await source.nextLoad();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('bodies', () => {
  it.each<[string, () => unknown]>([
    ['a Blob', () => new Blob(['some text'])],
    ['a File', () => new File(['some text'], 'file')],
    ['an ArrayBuffer', () => new TextEncoder().encode('some text').buffer],
    ['a DataView', () => new DataView(new TextEncoder().encode('some text').buffer)],
  ])('%s is replayed whole', async (_, make) => {
    const { server, client } = await bound();
    const { status } = await client(server.url, {
      method: 'POST',
      body: make() as NonNullable<RequestInit['body']>,
    });
    expect(status).toBe(200);
    expect(server.requests.map(({ body }) => String(body))).toEqual(['some text', 'some text']);
  });

  it("undici's own FormData is replayed whole by undici's fetch", async () => {
    const { server, client } = await bound({ fetch: undiciFetch as unknown as Fetch });
    const body = new UndiciFormData();
    body.set('field', 'value');
    const { status } = await client(server.url, { method: 'POST', body: body as never });
    expect(status).toBe(200);
    expect(
      server.requests.map((request) => /name="field"\s+value/.test(String(request.body))),
    ).toEqual([true, true]);
  });

  it('a ReadableStream is sent once', async () => {
    const { server, client } = await bound();
    const body = new Blob(['some text']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    expect((await client(server.url, init)).status).toBe(401);
    expect(server.requests.map((request) => String(request.body))).toEqual(['some text']);
  });
});

describe('headers', () => {
  it('of any form are kept, and read once', async () => {
    const { server, client } = await bound();
    const lines = function* (): Generator<[string, string]> {
      yield ['x-own', 'kept'];
    };
    for (const headers of [
      { 'x-own': 'kept' },
      new Headers({ 'x-own': 'kept' }),
      [['x-own', 'kept']],
      lines(),
    ]) {
      await client(server.url, { headers: headers as Record<string, string> });
    }
    expect(server.requests.map((request) => request.headers['x-own'])).toEqual(
      Array(5).fill('kept'),
    );
  });

  it('that are none are refused by fetch itself, and options stay as they were', async () => {
    const { server, client } = await bound();
    await expect(client(server.url, { headers: 'x-own: kept' as never })).rejects.toThrow(
      TypeError,
    );
    const init = Object.freeze({ headers: Object.freeze({ 'x-own': 'kept' }) });
    expect((await client(server.url, init)).status).toBe(200);
    expect(init).toEqual({ headers: { 'x-own': 'kept' } });
  });
});

describe('dispatchers', () => {
  it('of the caller win for the connection, and the token goes all the same', async () => {
    const { server, client } = await bound({ fetch: undiciFetch as unknown as Fetch });
    const dispatcher = new Agent({ connect: { ca: server.ca } });
    onTestFinished(() => dispatcher.close());
    const { status } = await client(server.url, { dispatcher } as object);
    expect(status).toBe(200);
    expect(server.requests[1]).toMatchObject({ token: 'token-2' });
    expect(server.requests[1]).not.toHaveProperty('commonName');
  });

  it('are not given to requests elsewhere, where nothing says how to connect', async () => {
    const seen: unknown[] = [];
    const spy = (async (_url: string, init?: object) => {
      seen.push(init);
      return new Response('answer');
    }) as FetchLike;
    const { client } = await bound({ fetch: spy as Fetch, tls: undefined });
    const init = {};
    await client('https://elsewhere.example', init);
    expect(seen).toEqual([init]);
    expect(seen[0]).toBe(init);
  });

  it('may be ignored by a fetch: the token goes with the request', async () => {
    const seen: Headers[] = [];
    const other = (async (_url: string, { headers }: RequestInit) => {
      seen.push(new Headers(headers));
      return new Response(null, { status: seen.length === 1 ? 401 : 200 });
    }) as FetchLike;
    const { server, client } = await bound({ fetch: other as Fetch });
    expect((await client(server.url)).status).toBe(200);
    expect(seen.map((headers) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });
});

it('gives an Authorization of the caller the current certificate, and waits for it once there has been one', async () => {
  const clock = manualClock(Date.now());
  const { server, client } = await bound({}, { clock });
  const own = { headers: { authorization: 'Bearer mine' } };
  await client(server.url, own);
  await client(server.url);
  await client(server.url, own);
  await clock.advance(7_200_000);
  await client(server.url, own);
  expect(server.requests.map(({ token, commonName }) => [token, commonName])).toEqual([
    ['mine', undefined],
    ['token-1', 'client-1'],
    ['mine', 'client-1'],
    ['mine', 'client-2'],
  ]);
});

describe('redirects', () => {
  /** Sends `/away` there, and everything else home. */
  const redirecting = (there: () => string, home = '/home') => ({
    respond: ((request, response) => {
      if (request.url === '/away') response.writeHead(307, { location: there() }).end();
      else response.end(home);
    }) as NonNullable<Parameters<typeof startServer>[0]>['respond'] & object,
  });

  it('that come back from elsewhere bring no credential back', async () => {
    let origin = '';
    const elsewhere = await startServer({
      respond: (_request, response) =>
        void response.writeHead(307, { location: `${origin}/home` }).end(),
    });
    const { server, client } = await bound({}, { server: redirecting(() => elsewhere.url) });
    origin = server.url;
    expect((await client(`${server.url}/away`)).status).toBe(200);
    expect(server.requests.map(({ token, commonName }) => [token, commonName])).toEqual([
      ['token-1', 'client-1'],
      [undefined, undefined],
    ]);
  });

  it('that lead into scope from elsewhere bring none', async () => {
    const { server, client } = await bound({}, {});
    const elsewhere = await startServer(redirecting(() => server.url));
    await client(`${elsewhere.url}/away`);
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).not.toHaveProperty('token');
    expect(server.requests[0]).not.toHaveProperty('commonName');
  });

  it('give an Authorization of the caller no successor of ours', async () => {
    const second = await startServer();
    const { server, client } = await bound({}, { server: redirecting(() => second.url) });
    const both = bindFetch(
      globalThis.fetch,
      createCredentialManager({ source: numberedSource() }),
      {
        origins: [server.url, second.url],
        tls: { ca: server.ca },
      },
    );
    await both.client(`${server.url}/away`, { headers: { authorization: 'Bearer mine' } });
    expect(server.requests[0]?.token).toBe('mine');
    expect(second.requests[0]).not.toHaveProperty('token');
    both.unbind();
    expect(client).toBeTypeOf('function');
  });
});

it("carries token and certificate with undici's fetch, and replays", async () => {
  const { server, client } = await bound({ fetch: undiciFetch as unknown as Fetch });
  const response = await client(server.url, { method: 'POST', body: 'text' });
  expect(response.status).toBe(200);
  expect(server.requests).toMatchObject([
    { token: 'token-1', commonName: 'client-1' },
    { token: 'token-2', commonName: 'client-2' },
  ]);
  expect(inspect(response, { depth: 20, showHidden: true })).not.toContain('token-2');
});

it('hands fetch a dispatcher that shows nobody the token', async () => {
  const dispatchers: unknown[] = [];
  const fetch = ((input: string, init: { readonly dispatcher?: unknown }) => {
    dispatchers.push(init.dispatcher);
    return globalThis.fetch(input, init as RequestInit);
  }) as Fetch;
  const { server, client } = await bound({ fetch }, {});
  await client(server.url);
  expect(server.requests[0]?.token).toBe('token-1');
  const printed = inspect(dispatchers, { depth: 20, showHidden: true });
  expect(printed + JSON.stringify(dispatchers)).not.toMatch(/token-1|PRIVATE KEY/);
});

it('keeps the connection of a short refusal, and gives that of a long one up', async () => {
  let rest = (): void => {};
  const { server, client } = await bound(
    {},
    {
      source: numberedSource('token'),
      server: {
        respond: (request, response, { token }) => {
          if (token !== (request.url === '/short' ? 'token-1' : 'token-2')) {
            response.end('fine');
            return;
          }
          const length = request.url === '/short' ? 10 : 100_000;
          response.writeHead(401, { 'content-length': length }).flushHeaders();
          rest = () => response.end('x'.repeat(length));
        },
      },
    },
  );
  const connectionOf = (path: string): number =>
    server.requests.find((request) => request.path === path)?.connection ?? 0;
  await (await client(`${server.url}/short`)).text();
  rest();
  await (await client(`${server.url}/long`)).text();
  await expect.poll(() => server.connections.isOpen(connectionOf('/long'))).toBe(false);
  expect(server.connections.isOpen(connectionOf('/short'))).toBe(true);
});

import { controlledSource, polluted } from '@keyturn/testkit';
import { Request as UndiciRequest, fetch as undiciFetch } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setStage, startServer } from '../../test/stage.js';
import { bindFetch } from './bind-fetch.js';

type Fetch = typeof globalThis.fetch;

const fetches: readonly (readonly [string, Fetch])[] = [
  ['the global fetch', globalThis.fetch],
  ["undici's fetch", undiciFetch as unknown as Fetch],
  ['a function around a fetch', (input, init) => globalThis.fetch(input, init)],
];

async function stage(fetch: Fetch) {
  const source = controlledSource();
  const { server, manager } = await setStage({
    source,
    server: { authorize: ({ token }) => token === 'token-2' },
  });
  const other = await startServer();
  const { client, unbind } = bindFetch(fetch, manager, {
    origins: [server.url],
    tls: { ca: server.ca },
  });
  onTestFinished(unbind);
  return { server, other, source, client };
}

interface Given {
  readonly input?: unknown;
  readonly init?: RequestInit;
}

type Call = Given & { readonly init: RequestInit };

/** What a caller gives, and what it does to that afterwards. */
const changes: readonly [string, (url: string) => Given, (call: Call, other: URL) => unknown][] = [
  [
    'a URL',
    (url) => ({ input: new URL(`${url}/x`) }),
    ({ input }, { port }) => Object.assign(input as URL, { port }),
  ],
  [
    'an object with an href of its own',
    (url) => ({ input: { href: url, toString: () => `${url}/x` } }),
    ({ input }, { href }) => Object.assign(input as object, { href, toString: () => href }),
  ],
  [
    'what looks like a Request',
    (url) => ({
      input: { url: `${url}/x`, method: 'POST', headers: { 'x-own': 'kept' } },
      init: {},
    }),
    ({ input }, { href }) =>
      Object.assign(input as object, { url: href, toString: () => href, method: 'PUT' }),
  ],
  ['method', () => ({}), ({ init }) => Object.assign(init, { method: 'PUT' })],
  [
    'headers',
    () => ({}),
    ({ init }) => Object.assign(init, { headers: { authorization: 'Basic other' } }),
  ],
  [
    'a record of headers',
    () => ({}),
    ({ init }) => Object.assign(init.headers as object, { 'x-own': 'changed' }),
  ],
  [
    'Headers',
    () => ({ init: { headers: new Headers({ 'x-own': 'kept' }) } }),
    ({ init }) => (init.headers as Headers).set('x-own', 'changed'),
  ],
  [
    'pairs',
    () => ({ init: { headers: [['x-own', 'kept']] } }),
    ({ init }) => (init.headers as string[][])[0]?.splice(1, 1, 'changed'),
  ],
  [
    'a Buffer',
    () => ({ init: { body: Buffer.from('text') } }),
    ({ init }) => (init.body as unknown as Buffer).fill('x'),
  ],
  [
    'an ArrayBuffer',
    () => ({ init: { body: new Uint8Array(Buffer.from('text')).buffer } }),
    ({ init }) => new Uint8Array(init.body as ArrayBuffer).fill(1),
  ],
  [
    'URLSearchParams',
    () => ({ init: { body: new URLSearchParams('text=') } }),
    ({ init }) => (init.body as URLSearchParams).set('text', 'changed'),
  ],
];

describe.each(fetches)('with %s', (_, fetch) => {
  describe.each(['during the first wait', 'during the reload behind a 401'])('%s', (when) => {
    it.each(changes)('a change of %s comes too late', async (_what, give, change) => {
      const { server, other, source, client } = await stage(fetch);
      const given = give(server.url);
      const base = { method: 'POST', headers: { 'x-own': 'kept' } };
      const call: Call = { input: `${server.url}/x`, ...given, init: { ...base, ...given.init } };
      const answer = client(call.input as string, call.init);
      const first = await source.nextLoad();
      if (when === 'during the first wait') change(call, new URL(other.url));
      first.succeed({ token: 'token-1' });
      const second = await source.nextLoad();
      if (when !== 'during the first wait') change(call, new URL(other.url));
      second.succeed({ token: 'token-2' });
      expect([(await answer).status, other.requests.length]).toEqual([200, 0]);
      const seen = server.requests.map(({ method, path, headers, body, token }) => [
        ...[method, path, headers['x-own'], headers.authorization, token],
        String(body).replace('text=', 'text'),
      ]);
      const text = call.init.body === undefined ? '' : 'text';
      expect(seen).toEqual(
        ['token-1', 'token-2'].map((token) => [
          ...['POST', '/x', 'kept', `Bearer ${token}`, token],
          text,
        ]),
      );
    });
  });

  it('a Request keeps the headers of the call', async () => {
    const { server, source, client } = await stage(fetch);
    const Made = fetch === (undiciFetch as unknown) ? UndiciRequest : Request;
    const request = new Made(`${server.url}/x`, { method: 'POST', body: 'text' });
    const answer = client(request as Request);
    request.headers.set('authorization', 'Basic other');
    (await source.nextLoad()).succeed({ token: 'token-1' });
    request.headers.set('x-own', 'changed');
    (await source.nextLoad()).succeed({ token: 'token-2' });
    expect((await answer).status).toBe(200);
    expect(
      server.requests.map(({ token, headers, body }) => [token, headers['x-own'], String(body)]),
    ).toEqual([
      ['token-1', undefined, 'text'],
      ['token-2', undefined, 'text'],
    ]);
  });

  it('goes where what it has read says, whatever is said the second time', async () => {
    const { server, other, source, client } = await stage(fetch);
    const answers = [`${server.url}/x`, other.url, other.url];
    const next = (): string => answers.shift() ?? other.url;
    const input = {
      get url() {
        return next();
      },
      toString: next,
    };
    const answer = client(input as unknown as string);
    (await source.nextLoad()).succeed({ token: 'token-2' });
    expect((await answer).status).toBe(200);
    expect([server.requests.length, other.requests.length]).toEqual([1, 0]);
  });

  it.each([true, false])('takes nothing of Object.prototype, enumerable %s', async (enumerable) => {
    const { server, other, source, client } = await stage(fetch);
    const warm = client(server.url);
    (await source.nextLoad()).succeed({ token: 'token-2' });
    await warm;
    const values = {
      ...{ dispatcher: {}, headers: { authorization: 'Basic other' }, query: { stolen: 'yes' } },
      ...{ url: other.url, href: other.url, origin: other.url, path: '/stolen' },
      ...{ duplex: 'half', upgrade: 'websocket', servername: 'evil.example', socketPath: '/none' },
      ...{
        method: 'DELETE',
        body: 'more',
        redirect: 'error',
        integrity: 'sha256-x',
        mode: 'no-cors',
      },
      ...{ proxy: other.url, agent: {}, baseURL: other.url },
    };
    const answer = polluted(values, () => client(`${server.url}/x`), { enumerable });
    expect((await answer).status).toBe(200);
    expect(server.requests.at(-1)).toMatchObject({ method: 'GET', path: '/x', token: 'token-2' });
    expect(other.requests).toEqual([]);
  });
});

import { createCredentialManager } from '@keyturn/core';
import type { RecordedRequest, TestApiServerOptions } from '@keyturn/testkit';
import type { Agent } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startServer } from '../../test/stage.js';
import { type BindFetchOptions, bindFetch } from '../index.js';

type Fetch = typeof globalThis.fetch;
type Respond = NonNullable<TestApiServerOptions['respond']>;

const keyed = () =>
  createCredentialManager({
    source: async () => ({ token: 't', headers: { 'X-API-Key': 'k', 'X-Tenant': 'ours' } }),
  });

/** Answers `/from?STATUS` with that status and `location`, and everything else with 200. */
const redirectingTo =
  (location: () => string): Respond =>
  (request, response) => {
    const [, status] = /^\/from\?(\d+)$/.exec(request.url ?? '') ?? [];
    if (status !== undefined) response.writeHead(Number(status), { location: location() });
    response.end('{}');
  };

async function stage(options: Partial<BindFetchOptions> & { fetch?: Fetch } = {}) {
  const { fetch = globalThis.fetch, ...others } = options;
  let target = '/landed';
  const server = await startServer({
    plainHttp: true,
    respond: redirectingTo(() => target),
  });
  const elsewhere = await startServer({ plainHttp: true });
  const manager = keyed();
  const binding = bindFetch(fetch, manager, { origins: [server.url], ...others });
  onTestFinished(() => {
    binding.unbind();
    return manager.close();
  });
  const lead = (to: string): void => {
    target = to;
  };
  return { ...binding, server, elsewhere, lead };
}

const carried = ({ headers }: RecordedRequest): unknown[] => [
  headers.authorization,
  headers['x-api-key'],
];
const bare = [undefined, undefined];
const ours = ['Bearer t', 'k'];

/** All of them follow by themselves, where they are let. */
const fetches: readonly (readonly [string, Fetch])[] = [
  ['the global fetch', globalThis.fetch],
  ['a fetch around it', (input, init) => globalThis.fetch(input, init)],
  [
    'one that takes no dispatcher',
    (input, init) =>
      globalThis.fetch(input, { ...init, dispatcher: undefined } as unknown as RequestInit),
  ],
];

describe.each(fetches)('redirects of %s with the headers of a credential', (_, fetch) => {
  it('keep them in scope, and are answered as fetch answers', async () => {
    const { client, server } = await stage({ fetch });
    const response = await client(`${server.url}/from?302`);
    expect(response).toMatchObject({ status: 200, redirected: true, url: `${server.url}/landed` });
    expect(server.requests.map(carried)).toEqual([ours, ours]);
  });

  it('lose them at another origin, with every header that fetch takes off there', async () => {
    const { client, server, elsewhere, lead } = await stage({ fetch });
    lead(`${elsewhere.url}/left`);
    const headers = { cookie: 'mine', 'x-own': 'mine' };
    expect((await client(`${server.url}/from?302`, { headers })).status).toBe(200);
    expect(elsewhere.requests.map(carried)).toEqual([bare]);
    expect(elsewhere.requests[0]?.headers).toMatchObject({ 'x-own': 'mine' });
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('cookie');
    expect(elsewhere.requests[0]?.headers).not.toHaveProperty('x-tenant');
  });
});

describe('a call with the headers of a credential', () => {
  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'text'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'text'],
    [308, 'PATCH', 'PATCH', 'text'],
  ])('is sent on behind a %i as %s becomes %s', async (status, method, becomes, body) => {
    const { client, server } = await stage();
    await client(`${server.url}/from?${status}`, { method, body: 'text' });
    const [, landed] = server.requests;
    expect([landed?.method, String(landed?.body)]).toEqual([becomes, body]);
    expect(landed?.headers['content-type']).toBe(
      body === '' ? undefined : 'text/plain;charset=UTF-8',
    );
  });

  it('that is a Request is sent on whole', async () => {
    const { client, server } = await stage();
    const request = new Request(`${server.url}/from?307`, {
      method: 'POST',
      body: 'text',
      headers: { 'x-own': 'mine', 'x-tenant': 'mine' },
    });
    expect((await client(request)).status).toBe(200);
    const [, landed] = server.requests;
    expect([landed?.method, String(landed?.body)]).toEqual(['POST', 'text']);
    expect(landed?.headers).toMatchObject({ 'x-own': 'mine', 'x-tenant': 'mine' });
  });

  it.each(['manual', 'error'] as const)('that says "%s" is not sent on', async (redirect) => {
    const { client, server } = await stage();
    const answer = client(`${server.url}/from?302`, { redirect });
    if (redirect === 'manual') expect((await answer).status).toBe(302);
    else await expect(answer).rejects.toThrow(TypeError);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['in circles', '/from?302'],
    ['to another scheme', 'ftp://localhost/'],
    ['to no URL', 'http://['],
  ])('fails where it leads %s', async (_, to) => {
    const { client, server, lead } = await stage();
    lead(to);
    await expect(client(`${server.url}/from?302`)).rejects.toThrow('fetch failed');
    expect(server.requests.length).toBeLessThan(23);
  });

  it('says where it leads to no URL, as fetch does', async () => {
    const { client, server, lead } = await stage();
    lead('http://[');
    const failed = await client(`${server.url}/from?302`).catch((error) => error);
    const bare = await fetch(`${server.url}/from?302`).catch((error) => error);
    expect(failed.cause).toMatchObject({ code: bare.cause.code, input: bare.cause.input });
    expect(failed.cause.code).toBe('ERR_INVALID_URL');
  });

  it('fails where its body cannot be sent on', async () => {
    const { client, server } = await stage();
    const body = new Blob(['text']).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    await expect(client(`${server.url}/from?307`, init)).rejects.toThrow('fetch failed');
    expect(server.requests).toHaveLength(1);
  });

  it('keeps the dispatcher of the caller, on each hop', async () => {
    const { client, server } = await stage({ allowInsecure: true });
    // That of the very fetch, for an Agent of another version would not understand it.
    const isNew = Number(process.versions.node.split('.')[0]) >= 26;
    const place = Symbol.for(`undici.globalDispatcher.${isNew ? 2 : 1}`);
    const global = Reflect.get(globalThis, place) as Agent;
    const dispatch = vi.fn((...request: Parameters<Agent['dispatch']>) =>
      global.dispatch(...request),
    );
    const dispatcher = { dispatch };
    await client(`${server.url}/from?302`, { dispatcher } as unknown as RequestInit);
    expect(dispatch).toHaveBeenCalledTimes(2);
    expect(server.requests.map(carried)).toEqual([ours, ours]);
  });
});

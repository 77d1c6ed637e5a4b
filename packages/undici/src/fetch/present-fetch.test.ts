import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { setStage } from '../../test/stage.js';
import { bindFetch } from './bind-fetch.js';

const url = 'https://api.example/';

async function bindGlobal(given = globalThis.fetch) {
  const { server, manager } = await setStage();
  const options = { origins: [url, server.url], tls: { ca: server.ca } };
  const bind = (fetch = given) => {
    const binding = bindFetch(fetch, manager, options);
    onTestFinished(() => binding.unbind());
    return binding;
  };
  return { server, manager, bind, ...bind() };
}

const authorizationOf = (init: RequestInit | undefined): string | null =>
  new Headers(init?.headers).get('authorization');

/** Answers in place of the global fetch, and refuses the first token. */
const mockFetch = () =>
  vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async (_, init) =>
      authorizationOf(init) === 'Bearer token-1'
        ? new Response('refused', { status: 401 })
        : new Response(authorizationOf(init)),
    );

describe('a bound global fetch', () => {
  it('follows what stands in its place, which sees the header, and is asked once more after a 401', async () => {
    const { client } = await bindGlobal();
    const mock = mockFetch();
    expect(await (await client(url)).text()).toBe('Bearer token-2');
    expect(mock.mock.calls.map(([asked]) => asked)).toEqual([url, url]);
    await client(new URL(url), { method: 'POST', body: 'text' });
    expect(mock.mock.lastCall?.[1]).toMatchObject({ method: 'POST', body: 'text' });
  });

  it('goes back with it', async () => {
    const { client, server } = await bindGlobal();
    const mock = mockFetch();
    await client(url);
    mock.mockRestore();
    expect((await client(server.url)).status).toBe(200);
    expect(server.requests).toMatchObject([{ token: 'token-2', commonName: 'client-2' }]);
  });

  it('asks the real one again, although it was bound to a mock', async () => {
    const mock = mockFetch();
    const { client, server } = await bindGlobal();
    await client(url);
    mock.mockRestore();
    expect((await client(server.url)).status).toBe(200);
  });

  it('follows without a credential when it is unbound, and out of scope', async () => {
    const { client, unbind } = await bindGlobal();
    const mock = mockFetch();
    await client('https://elsewhere.example/');
    unbind();
    await client(url);
    expect(mock.mock.calls.map(([, init]) => authorizationOf(init))).toEqual([null, null]);
  });

  it.each<[string, (client: typeof fetch) => typeof fetch]>([
    ['itself', (client) => client],
    ['a function around it', (client) => (input, init) => client(input, init)],
    [
      'a function that calls it later',
      (client) => async (input, init) => {
        await new Promise((resolve) => setImmediate(resolve));
        return client(new Request(input, init));
      },
    ],
  ])('ends where the global fetch is %s', async (_, around) => {
    const { client, server } = await bindGlobal();
    vi.stubGlobal('fetch', around(client));
    expect((await fetch(server.url)).status).toBe(200);
    expect((await client(server.url)).status).toBe(200);
    expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-1']);
  });

  it('ends where the global fetch is another bound one that leads to it', async () => {
    const { client, bind, server } = await bindGlobal();
    const { client: other } = bind();
    vi.stubGlobal('fetch', (...call: Parameters<typeof fetch>) => other(...call));
    expect((await client(server.url)).status).toBe(200);
    expect((await other(server.url)).status).toBe(200);
    expect(server.requests).toHaveLength(2);
  });
});

it('a fetch of its own is followed nowhere', async () => {
  const given = globalThis.fetch;
  const { client, server } = await bindGlobal((input, init) => given(input, init));
  const mock = mockFetch();
  expect((await client(server.url)).status).toBe(200);
  expect(mock).not.toHaveBeenCalled();
});

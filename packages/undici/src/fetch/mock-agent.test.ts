import {
  type Dispatcher,
  getGlobalDispatcher,
  interceptors,
  MockAgent,
  setGlobalDispatcher,
  fetch as undiciFetch,
} from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setStage } from '../../test/stage.js';
import { type BindFetchOptions, bindFetch } from './bind-fetch.js';

type Fetch = typeof globalThis.fetch;

const url = 'https://api.example/';

function setForTheTest(dispatcher: Dispatcher): void {
  const previous = getGlobalDispatcher();
  setGlobalDispatcher(dispatcher);
  onTestFinished(() => setGlobalDispatcher(previous));
}

/** Refuses the first token, and answers to the second. */
function makeMock(): MockAgent {
  const mock = new MockAgent();
  onTestFinished(() => mock.close());
  mock.disableNetConnect();
  const answer = (token: string, status: number) =>
    mock
      .get('https://api.example')
      .intercept({ path: '/', headers: { authorization: `Bearer ${token}` } })
      .reply(status, 'mocked');
  answer('token-1', 401);
  answer('token-2', 200);
  return mock;
}

async function bind(options: Partial<BindFetchOptions> = {}, fetch: Fetch = globalThis.fetch) {
  const { server, manager } = await setStage();
  const tls = { ca: server.ca };
  const binding = bindFetch(fetch, manager, { origins: [url, server.url], tls, ...options });
  onTestFinished(() => binding.unbind());
  return { server, ...binding };
}

describe.each([
  ['the global fetch', globalThis.fetch],
  ["undici's fetch", undiciFetch as unknown as Fetch],
])('%s, bound', (_, fetch) => {
  it('follows the MockAgent of the program, which sees the header, through a refusal', async () => {
    const { client } = await bind({}, fetch);
    const mock = makeMock();
    setForTheTest(mock);
    const answer = await client(url);
    expect([answer.status, await answer.text()]).toEqual([200, 'mocked']);
    mock.assertNoPendingInterceptors();
  });

  it('follows one that was set before', async () => {
    setForTheTest(makeMock());
    const { client } = await bind({ drainTimeoutMs: 1_000 }, fetch);
    expect((await client(url)).status).toBe(200);
  });

  it('is stopped by it where nothing was mocked, and out of scope', async () => {
    const { client, server } = await bind({}, fetch);
    setForTheTest(makeMock());
    const notMatched = { cause: { code: 'UND_MOCK_ERR_MOCK_NOT_MATCHED' } };
    await expect(client(server.url)).rejects.toMatchObject(notMatched);
    await expect(client('https://elsewhere.example/')).rejects.toMatchObject(notMatched);
    expect(server.requests).toEqual([]);
  });

  it('makes its own connections again when it is not active any more', async () => {
    const { client, server } = await bind({}, fetch);
    const mock = makeMock();
    setForTheTest(mock);
    await client(url);
    mock.deactivate();
    expect((await client(server.url)).status).toBe(200);
    expect(server.requests).toMatchObject([{ token: 'token-2', commonName: 'client-2' }]);
  });
});

describe('a MockAgent', () => {
  it('stands behind the interceptors', async () => {
    const seen: unknown[] = [];
    const watch = (dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] => {
      return (options, handler) => {
        seen.push(options.path);
        return dispatch(options, handler);
      };
    };
    const { client } = await bind({ interceptors: [watch, interceptors.retry()] });
    setForTheTest(makeMock());
    expect((await client(url)).status).toBe(200);
    expect(seen).toEqual(['/', '/']);
  });

  it('as what makeInner returns goes before the one of the program', async () => {
    const { client } = await bind({ tls: undefined, makeInner: () => makeInner });
    const makeInner = makeMock();
    const other = new MockAgent();
    onTestFinished(() => other.close());
    other.disableNetConnect();
    setForTheTest(other);
    expect((await client(url)).status).toBe(200);
  });

  it('of makeInner lets pass with the certificate of the moment', async () => {
    const { client, server } = await bind({
      makeInner: (tls) => new MockAgent({ connect: tls } as MockAgent.Options),
    });
    expect((await client(server.url)).status).toBe(200);
    expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }]);
  });

  it('is not closed by unbind()', async () => {
    const { client, unbind } = await bind();
    const mock = makeMock();
    setForTheTest(mock);
    await client(url);
    unbind();
    mock.get('https://api.example').intercept({ path: '/' }).reply(204);
    expect((await fetch(url)).status).toBe(204);
  });
});

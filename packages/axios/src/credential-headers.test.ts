import { createCredentialManager } from '@keyturn/core';
import { type RecordedRequest, startTestApiServer, type TestApiServer } from '@keyturn/testkit';
import axios, { type AxiosRequestConfig } from 'axios';
import { Agent, getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { bindAxios } from './bind-axios.js';

async function startServer(location?: () => string): Promise<TestApiServer> {
  const server = await startTestApiServer({
    plainHttp: true,
    respond: (request, response) => {
      if (request.url === '/lead' && location) response.writeHead(302, { location: location() });
      response.end('{}');
    },
  });
  onTestFinished(() => server.close());
  return server;
}

async function stage(config: AxiosRequestConfig) {
  const elsewhere = await startServer();
  let target = `${elsewhere.url}/left`;
  const server = await startServer(() => target);
  const source = async () => ({ token: 't', headers: { 'X-API-Key': 'k' } });
  const manager = createCredentialManager({ source });
  onTestFinished(() => manager.close());
  const { client } = bindAxios(axios.create({ baseURL: server.url, ...config }), manager);
  const stay = (): void => {
    target = '/landed';
  };
  return { client, server, elsewhere, stay };
}

const carried = ({ headers }: RecordedRequest): unknown[] => [
  headers.authorization,
  headers['x-api-key'],
];
const ours = ['Bearer t', 'k'];

it.each([
  ['the http adapter', 'http'],
  ['that of fetch, which takes them along', 'fetch'],
] as const)('leave no header behind at another origin with %s', async (_, adapter) => {
  const { client, server, elsewhere, stay } = await stage({ adapter });
  expect((await client.get('/lead')).status).toBe(200);
  expect(server.requests.map(carried)).toEqual([ours]);
  expect(elsewhere.requests.map(carried)).toEqual([[undefined, undefined]]);
  stay();
  expect((await client.get('/lead')).status).toBe(200);
  expect(server.requests.slice(1).map(carried)).toEqual([ours, ours]);
});

it('are not followed with a fetch of the caller, which would take them along', async () => {
  const fetch: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);
  const env = { fetch } as NonNullable<AxiosRequestConfig['env']>;
  const { client, elsewhere } = await stage({ adapter: 'fetch', env });
  await expect(client.get('/lead')).rejects.toMatchObject({ response: { status: 302 } });
  expect(elsewhere.requests).toEqual([]);
});

it('go through the dispatcher that fetch is given, which knows whom to trust, and follow no redirect', async () => {
  const server = await startTestApiServer({
    respond: ({ url }, response) => {
      if (url === '/lead') response.writeHead(302, { location: '/landed' });
      response.end('{}');
    },
  });
  onTestFinished(() => server.close());
  const dispatcher = new Agent({ connect: { ca: server.ca } });
  onTestFinished(() => dispatcher.destroy());
  const fetchOptions = { dispatcher } as object;
  const { client } = await stage({ baseURL: server.url, adapter: 'fetch', fetchOptions });
  expect((await client.get('/fine')).status).toBe(200);
  await expect(client.get('/lead')).rejects.toMatchObject({ response: { status: 302 } });
  expect(server.requests.map(carried)).toEqual([ours, ours]);
});

it('do not go past the mock of a test', async () => {
  const before = getGlobalDispatcher();
  const mock = new MockAgent();
  mock.disableNetConnect();
  setGlobalDispatcher(mock);
  onTestFinished(() => setGlobalDispatcher(before));
  mock
    .get('https://api.example')
    .intercept({ path: '/mocked', headers: { 'x-api-key': 'k' } })
    .reply(200, {});
  const { client } = await stage({ baseURL: 'https://api.example', adapter: 'fetch' });
  expect((await client.get('/mocked')).status).toBe(200);
});

it('go along where the call has one of them as undefined, which axios does not send', async () => {
  const { client, server } = await stage({});
  await client.get('/undefined', { headers: { 'x-api-key': undefined } });
  expect(server.requests.map(carried)).toEqual([ours]);
});

it('go along beside an Authorization of the caller, unless it says that nobody is asking', async () => {
  const { client, server, stay } = await stage({});
  stay();
  await client.get('/first');
  await client.get('/lead', { headers: { authorization: 'Bearer mine' } });
  await client.get('/basic', { auth: { username: 'me', password: 'pw' } });
  await client.get('/nobody', { headers: { Authorization: false } });
  expect(server.requests.map(carried)).toEqual([
    ours,
    ['Bearer mine', 'k'],
    ['Bearer mine', 'k'],
    ['Basic bWU6cHc=', 'k'],
    [undefined, undefined],
  ]);
});

it('stay out of the configuration that an answer and an interceptor have', async () => {
  const { client } = await stage({});
  const seen: unknown[] = [];
  client.interceptors.request.use((config) => {
    seen.push({ ...config.headers });
    return config;
  });
  const { config } = await client.get('/fine', { headers: { 'X-Own': 'mine' } });
  expect(config.headers['X-Own']).toBe('mine');
  expect(JSON.stringify([seen, config.headers])).not.toMatch(/X-API-Key/i);
});

import { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { controlledSource, type RecordedRequest } from '@keyturn/testkit';
import axios, { type AxiosInstance, type InternalAxiosRequestConfig, isAxiosError } from 'axios';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  certificateFor,
  type Stage,
  type StageOptions,
  setStage,
  startServer,
  startSilence,
  tokensOf,
} from '../../../test/scenes/stage.js';
import { numberedSource } from '../../https/test/scene.js';
import { axiosAdapter } from '../test/adapter.js';
import { bindAxios } from './index.js';

/** Without an agent of the caller's. */
const bareAxios: typeof axiosAdapter = {
  ...axiosAdapter,
  bind: (manager, { url, maxSockets: _, ...options }) =>
    bindAxios(axios.create({ baseURL: url }), manager, options),
};

const onStage = (options?: StageOptions): Promise<Stage<AxiosInstance>> =>
  setStage(bareAxios, options);

const onlySecond: StageOptions = {
  server: { authorize: ({ token }: RecordedRequest) => token === 'token-2' },
};

/** Every text that can be reached from `value`, by whatever property. */
function textsBehind(value: unknown): string[] {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const queue = [value];
  for (const part of queue) {
    if (typeof part === 'string') texts.push(part);
    if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString('latin1'));
    else if (typeof part === 'object' && part !== null && !seen.has(part)) {
      seen.add(part);
      if (part instanceof Map || part instanceof Set) queue.push(...part.values());
      for (const { value: next } of Object.values(Object.getOwnPropertyDescriptors(part))) {
        queue.push(next);
      }
      for (const symbol of Object.getOwnPropertySymbols(part))
        queue.push(Reflect.get(part, symbol));
    }
  }
  return texts;
}

describe('answers', () => {
  it.each([undefined, null, () => true])(
    'replays a refusal whether validateStatus rejects it or not (%s)',
    async (validateStatus) => {
      const { server, binding } = await onStage(onlySecond);
      const { status } = await binding.client.get('/refused', {
        ...(validateStatus !== undefined && { validateStatus }),
      });
      expect([status, tokensOf(server)]).toEqual([200, ['token-1', 'token-2']]);
    },
  );

  it('reach interceptors once, after a replay too', async () => {
    const { binding } = await onStage(onlySecond);
    const seen: string[] = [];
    binding.client.interceptors.request.use((config) => {
      seen.push('request');
      return config;
    });
    binding.client.interceptors.response.use((response) => {
      seen.push(`response ${response.status}`);
      return response.data;
    });
    expect(await binding.client.get('/once')).toMatchObject({ path: '/once' });
    expect(seen).toEqual(['request', 'response 200']);
  });

  it('are transformed once, after a replay too', async () => {
    const { binding } = await onStage(onlySecond);
    const { data } = await binding.client.get('/once', {
      transformResponse: (text: string) => ({ text: `${JSON.parse(text).path}!` }),
    });
    expect(data).toEqual({ text: '/once!' });
  });

  it('of type stream are replayed, and their own errors show no token', async () => {
    const { binding, server } = await onStage({
      server: {
        respond: (_, response, { token }) => {
          response.writeHead(token === 'token-2' ? 200 : 401).write('the first of many chunks');
        },
      },
    });
    const abort = new AbortController();
    const { data } = await binding.client.get<Readable>('/stream', {
      responseType: 'stream',
      signal: abort.signal,
    });
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
    expect(inspect(data, { depth: Number.POSITIVE_INFINITY })).not.toContain('token-');
    const read = data.toArray().catch((reason: unknown) => reason);
    abort.abort();
    const error = await read;
    expect(error).toMatchObject({ code: 'ERR_CANCELED' });
    const printed = inspect(error, { depth: Number.POSITIVE_INFINITY });
    expect(printed + JSON.stringify(error)).not.toContain('token-');
  });

  it.each([
    ['http', 'a stream'],
    ['fetch', 'a stream of the platform'],
  ])('that were refused are not kept open behind a replay: %s, %s', async (adapter) => {
    const closed = vi.fn();
    const { binding } = await onStage({
      server: {
        plainHttp: true,
        respond: (_, response, { token }) => {
          if (token === 'token-2') return void response.end('whole');
          response.on('close', closed).writeHead(401).write('the first of many chunks');
        },
      },
    });
    const options = { adapter, responseType: 'stream' } as const;
    expect((await binding.client.get('/refused', options)).status).toBe(200);
    await expect.poll(() => closed.mock.calls).toHaveLength(1);
  });

  it('leave nothing of the wait for a credential behind', async () => {
    const { binding } = await onStage();
    const { token } = axios.CancelToken.source();
    const subscribed = vi.spyOn(token, 'subscribe');
    const left = vi.spyOn(token, 'unsubscribe');
    await binding.client.get('/waited', { cancelToken: token, timeout: 60_000 });
    expect(subscribed.mock.calls.length).toBeGreaterThan(0);
    expect(left.mock.calls.map(([listener]) => listener)).toEqual(
      expect.arrayContaining(subscribed.mock.calls.map(([listener]) => listener)),
    );
  });

  it('give the request they came from to who asks for it by name', async () => {
    const { binding } = await onStage();
    const response = await binding.client.get('/named');
    expect(response.request).toMatchObject({ method: 'GET', path: '/named' });
    expect(inspect(response.request)).not.toContain('token-');
  });

  it.each([false, true])(
    'have no token in any property that leads on from them, hidden or not (plain http: %s)',
    async (plainHttp) => {
      const { binding, server } = await onStage({ server: { plainHttp } });
      const response = await binding.client.get('/searched');
      expect(server.url.startsWith('http:')).toBe(plainHttp);
      expect(tokensOf(server)).toEqual(['token-1']);
      const texts = textsBehind(response);
      expect(texts.some((text) => text.includes('Authorization: [redacted]'))).toBe(true);
      expect(texts.filter((text) => text.includes('token-'))).toEqual([]);
    },
  );

  it.each([{ maxRedirects: 0 }, { validateStatus: () => false }])(
    'have none there without follow-redirects, or as errors (%o)',
    async (config) => {
      const { binding } = await onStage();
      const outcome = await binding.client.get('/searched', config).catch((error) => error);
      const texts = textsBehind(outcome);
      expect(texts.some((text) => text.includes('Authorization: [redacted]'))).toBe(true);
      expect(texts.filter((text) => text.includes('token-'))).toEqual([]);
    },
  );
});

describe('configuration', () => {
  it('of the caller stays as it was, and that of answers and errors holds no token', async () => {
    const { binding } = await onStage({ server: { authorize: ({ path }) => path === '/fine' } });
    const headers = { 'x-mine': 'yes' };
    const config = Object.freeze({ headers: Object.freeze(headers), params: { a: 1 } });
    const response = await binding.client.get('/fine?', { ...config, params: {} });
    const error = await binding.client.get('/refused', config).catch((reason: unknown) => reason);
    if (!isAxiosError(error)) throw error;
    for (const kept of [response.config, error.config, error.response?.config]) {
      expect(kept).toMatchObject({ headers: { 'x-mine': 'yes' } });
      expect(kept?.headers).not.toHaveProperty('Authorization');
      expect(kept?.httpsAgent).toBeUndefined();
    }
    expect(error.toJSON()).toMatchObject({ config: { url: '/refused' } });
    expect(binding.client.defaults).not.toHaveProperty('httpsAgent');
  });

  it('of an error, sent again by a retry plug-in, gets the current token', async () => {
    const { server, manager, binding } = await onStage({
      server: { respond: (_, response) => response.writeHead(503).end() },
    });
    const { client } = binding;
    const retried: InternalAxiosRequestConfig[] = [];
    client.interceptors.response.use(undefined, async (error) => {
      const config: InternalAxiosRequestConfig = error.config;
      if (retried.push(config) > 2) throw error;
      await manager.refresh();
      return client.request(config);
    });
    await expect(client.get('/retried')).rejects.toMatchObject({ status: 503 });
    expect(tokensOf(server)).toEqual(['token-1', 'token-2', 'token-3']);
    // Each round brings the adapter that is wrapped already.
    expect(new Set(retried.map(({ adapter }) => adapter)).size).toBe(1);
  });

  it('shows through to an adapter of the caller, wrapped', async () => {
    const seen: unknown[] = [];
    const { binding } = await onStage();
    const { data } = await binding.client.get('/mocked', {
      adapter: async (config) => {
        seen.push(config.headers.get('Authorization'), config.url);
        return { status: 200, statusText: 'OK', headers: {}, data: 'mock', config };
      },
    });
    expect([data, ...seen]).toEqual(['mock', 'Bearer token-1', '/mocked']);
  });

  it('holds no token in an error that wraps another one, as axios 1.7 does over fetch', async () => {
    const { binding } = await onStage();
    const adapter = async (config: object): Promise<never> => {
      const cause = Object.assign(new Error('inner'), { config, request: { _options: config } });
      throw Object.assign(new Error('no', { cause }), { config });
    };
    const error = await binding.client.get('/wrapped', { adapter }).catch((thrown) => thrown);
    expect(error.cause).toMatchObject({ message: 'inner', config: { url: '/wrapped' } });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain('token-');
  });

  it('holds no token in what an adapter of the caller throws at once', async () => {
    const { binding } = await onStage();
    const adapter = (config: object): never => {
      throw Object.assign(new Error('no'), { config });
    };
    const error = await binding.client.get('/thrown', { adapter }).catch((thrown) => thrown);
    expect(error).toMatchObject({ message: 'no', config: { url: '/thrown' } });
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toContain('token-');
  });
});

describe('an Authorization of the caller', () => {
  it('is also `auth`, and user and password in the URL', async () => {
    const { server, source, binding } = await onStage();
    await binding.client.get('/auth', { auth: { username: 'user', password: 'pass' } });
    await binding.client.get(`${server.url.replace('//', '//user:pass@')}/url`);
    const basic = `Basic ${Buffer.from('user:pass').toString('base64')}`;
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
    expect(source.runs).toBe(0);
  });

  it('leaves answers and errors their configuration, which names no agent of ours', async () => {
    const { binding } = await onStage({ server: { authorize: ({ path }) => path === '/fine' } });
    const config = { headers: { Authorization: 'Bearer mine' } };
    const response = await binding.client.get('/fine', config);
    const error = await binding.client.get('/refused', config).catch((reason: unknown) => reason);
    if (!isAxiosError(error)) throw error;
    for (const kept of [response.config, error.config, error.response?.config]) {
      expect(kept).toMatchObject(config);
      expect(kept?.httpsAgent).toBeUndefined();
    }
  });

  it('that is false means: send none, and run nothing', async () => {
    const { server, source, binding } = await onStage();
    await binding.client.get('/nobody', { headers: { Authorization: false } });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(source.runs).toBe(0);
  });

  it('may come from an interceptor', async () => {
    const { server, binding } = await onStage();
    binding.client.interceptors.request.use((config) => {
      config.headers.set('authorization', 'Bearer from-interceptor');
      return config;
    });
    await binding.client.get('/intercepted');
    expect(tokensOf(server)).toEqual(['from-interceptor']);
  });
});

describe('bodies', () => {
  it('that are a Blob are replayed whole', async () => {
    const { server, binding } = await onStage(onlySecond);
    await binding.client.post('/blob', new Blob(['some ', 'parts'], { type: 'text/plain' }));
    expect(server.requests.map(({ body }) => String(body))).toEqual(['some parts', 'some parts']);
  });

  it('of the form-data package are sent once, whole, and the refusal is passed on', async () => {
    const { server, binding, send } = await onStage(onlySecond);
    await expect(binding.client.postForm('/form', { field: 'value' })).rejects.toMatchObject({
      status: 401,
    });
    expect(server.requests).toHaveLength(1);
    expect(String(server.requests[0]?.body)).toContain('value');
    expect((await send('/next')).status).toBe(200);
  });
});

describe('waiting', () => {
  it('ends when the cancel token says so', async () => {
    const source = controlledSource();
    const { binding } = await onStage({ source });
    const { token, cancel } = axios.CancelToken.source();
    const cancelled = binding.client.get('/cancelled', { cancelToken: token });
    await source.nextLoad();
    cancel('enough');
    await expect(cancelled).rejects.toMatchObject({ code: 'ERR_CANCELED', message: 'enough' });
  });

  it('gives the timeout error that the client is set to give', async () => {
    const { binding } = await onStage({ source: controlledSource() });
    const timedOut = binding.client.get('/slow', {
      timeout: 10,
      timeoutErrorMessage: 'too slow',
      transitional: { clarifyTimeoutError: true },
    });
    await expect(timedOut).rejects.toMatchObject({ code: 'ETIMEDOUT', message: 'too slow' });
  });
});

it('times out while a server is being verified, where authorities may rotate', async () => {
  const [url, server] = [await startSilence(), await startServer()];
  const manager = createCredentialManager({ source: numberedSource() });
  onTestFinished(() => manager.close());
  const ca = { name: 'trust', peek: () => ({ generation: 1, pem: server.ca }) };
  const bare = axios.create({ baseURL: url, proxy: false });
  const { client, unbind } = bindAxios(bare, manager, { tls: { ca } });
  onTestFinished(unbind);
  const timedOut = client.get('/silent', { timeout: 20 });
  await expect(timedOut).rejects.toMatchObject({ code: 'ECONNABORTED' });
});

describe('agents', () => {
  it('given with a request win, and the token is sent all the same', async () => {
    const { server, source, binding } = await onStage();
    source.change = certificateFor;
    const httpsAgent = new Agent({ ca: server.ca });
    await binding.client.get('/own-agent', { httpsAgent });
    expect(server.requests).toMatchObject([{ token: 'token-1' }]);
    expect(server.requests[0]).not.toHaveProperty('commonName');
  });

  it("of Node's own class in the defaults lend their TLS settings", async () => {
    const server = await startServer();
    const { manager, source } = await onStage();
    source.change = certificateFor;
    const httpsAgent = new Agent({ ca: server.ca, keepAlive: true, maxSockets: 1 });
    const client = axios.create({ baseURL: server.url, httpsAgent });
    const { supports, unbind } = bindAxios(client, manager);
    onTestFinished(unbind);
    await Promise.all([client.get('/a'), client.get('/b')]);
    expect(supports.clientCertificate).toBe(true);
    expect(server.connections.opened).toBe(1);
    expect(server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'client-1' });
  });

  it('of another class in the defaults stay, and the binding says what it cannot do', async () => {
    class OtherAgent extends Agent {}
    const server = await startServer();
    const { manager } = await onStage();
    const client = axios.create({
      baseURL: server.url,
      httpsAgent: new OtherAgent({ ca: server.ca }),
    });
    const { supports, unbind } = bindAxios(client, manager);
    onTestFinished(unbind);
    await client.get('/other');
    expect(supports).toEqual({ token: true, clientCertificate: false, replay: true });
    expect(tokensOf(server)).toEqual(['token-1']);
    const ca = { name: 'trust', peek: () => ({ generation: 1, pem: server.ca }) };
    expect(() => bindAxios(client, manager, { tls: { ca } })).toThrow(/agent of another class/);
  });
});

describe('the fetch adapter', () => {
  it('carries the token, is replayed, and shows no token', async () => {
    const { server, binding } = await onStage({
      server: { ...onlySecond.server, plainHttp: true },
    });
    const response = await binding.client.post('/fetched', 'body', { adapter: 'fetch' });
    expect(response.status).toBe(200);
    expect(response.request).toBeInstanceOf(Request);
    expect(server.requests.map(({ token, body }) => [token, String(body)])).toEqual([
      ['token-1', 'body'],
      ['token-2', 'body'],
    ]);
    expect(inspect(response, { depth: Number.POSITIVE_INFINITY })).not.toContain('token-');
    expect(inspect(response.request)).not.toContain('token-');
  });
});

describe('a rebound client', () => {
  it('goes with the new manager', async () => {
    const { server, binding } = await onStage();
    const { manager } = await onStage({
      source: {
        name: 'other',
        load: async () => ({ token: 'other', ...(await certificateFor(7)) }),
      },
    });
    binding.unbind();
    const again = bindAxios(binding.client, manager, { tls: { ca: server.ca } });
    onTestFinished(again.unbind);
    await again.client.get('/again');
    expect(server.requests).toMatchObject([{ token: 'other', commonName: 'client-7' }]);
  });
});

it('refuses what is no client of axios', async () => {
  const { manager } = await onStage();
  expect(() => bindAxios({} as AxiosInstance, manager)).toThrow(TypeError);
});

describe('a kept connection that the server closes under a request', () => {
  it.each([0, 5])(
    'is replaced once for what may be repeated, maxRedirects: %s',
    async (maxRedirects) => {
      let asked = 0;
      const server = await startServer({
        respond: (request, response) => {
          asked += 1;
          if (asked === 2 || asked === 4) request.socket.destroy();
          else response.end('whole');
        },
      });
      onTestFinished(() => server.close());
      const manager = createCredentialManager({ source: numberedSource() });
      onTestFinished(() => manager.close());
      const bare = axios.create({ baseURL: server.url, maxRedirects });
      const { client } = bindAxios(bare, manager, { tls: { ca: server.ca } });
      await client.get('/');
      expect((await client.get('/')).data).toBe('whole');
      await expect(client.post('/', 'x')).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
  );
});

describe('the adapter fetch, which takes no agent', () => {
  it('is refused with tls when it is bound, and presents no certificate', () => {
    const manager = createCredentialManager({ source: numberedSource() });
    const client = axios.create({ baseURL: 'https://localhost', adapter: 'fetch' });
    expect(() => bindAxios(client, manager, { tls: { servername: 'x' } })).toThrow('"tls"');
    expect(bindAxios(client, manager).supports.clientCertificate).toBe(false);
  });

  it('is refused with tls when a request asks for it', async () => {
    const server = await startServer();
    onTestFinished(() => server.close());
    const manager = createCredentialManager({ source: numberedSource() });
    const bare = axios.create({ baseURL: server.url });
    const { client } = bindAxios(bare, manager, { tls: { ca: server.ca } });
    await expect(client.get('/', { adapter: 'fetch' })).rejects.toThrow(TypeError);
    expect((await client.get('/')).status).toBe(200);
  });
});

/** Every client that may send a token in clear text, because it goes to loopback, with a proxy on its mind. */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { Client, Metadata } from '@grpc/grpc-js';
import { bindAxios } from '@keyturn/axios';
import type { CredentialManager } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindGrpc } from '@keyturn/grpc';
import { bindHttps } from '@keyturn/https';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios, { type CreateAxiosDefaults } from 'axios';
import got from 'got';
import * as undici from 'undici';

export interface PlainPlaces {
  /** `http://localhost:PORT` */
  readonly origin: string;
  /** `localhost:PORT` of a gRPC server without TLS. */
  readonly target: string;
  /** `http://127.0.0.1:PORT` */
  readonly proxy: string;
}

export interface PlainClient {
  readonly name: string;
  /** Sends one request to loopback. */
  send(manager: CredentialManager, places: PlainPlaces): Promise<unknown>;
}

/** Sends everything to a proxy, as the agents of http-proxy-agent do. */
class ProxyAgent extends http.Agent {
  readonly #proxy: URL;

  constructor(proxy: string) {
    super();
    this.#proxy = new URL(proxy);
  }

  override createConnection(
    ...[options, done]: Parameters<NonNullable<http.ClientRequestArgs['createConnection']>>
  ): Duplex | null | undefined {
    const { hostname, port } = this.#proxy;
    return super.createConnection({ ...options, host: hostname, port: Number(port) }, done);
  }
}

function axiosClient(
  name: string,
  defaults: (places: PlainPlaces) => CreateAxiosDefaults,
): PlainClient {
  return {
    name,
    send: (manager, places) => {
      const bare = axios.create({ baseURL: places.origin, ...defaults(places) });
      return bindAxios(bare, manager).client.get('/x');
    },
  };
}

function fetchClient(
  name: string,
  send: typeof fetch | typeof undici.fetch,
  init: (places: PlainPlaces) => object = () => ({}),
): PlainClient {
  return {
    name,
    send: async (manager, places) => {
      const { client } = bindFetch(send as typeof fetch, manager, { origins: [places.origin] });
      return (await client(`${places.origin}/x`, init(places))).text();
    },
  };
}

function dispatcherClient(
  name: string,
  makeInner: (places: PlainPlaces) => undici.Dispatcher,
): PlainClient {
  return {
    name,
    send: async (manager, places) => {
      const dispatcher = new CredentialDispatcher(manager, {
        origins: [places.origin],
        makeInner: () => makeInner(places),
      });
      const { body } = await undici.request(`${places.origin}/x`, { dispatcher });
      await body.text();
      await dispatcher.destroy();
    },
  };
}

const proxyOption = ({ proxy }: PlainPlaces) => ({
  protocol: 'http',
  host: '127.0.0.1',
  port: Number(new URL(proxy).port),
});

export const plainClients: readonly PlainClient[] = [
  axiosClient('axios', () => ({})),
  axiosClient('axios, proxy by default', (places) => ({ proxy: proxyOption(places) })),
  axiosClient('axios, agent of a proxy', ({ proxy }) => ({ httpAgent: new ProxyAgent(proxy) })),
  axiosClient('axios, fetch adapter', () => ({ adapter: 'fetch' })),
  {
    name: 'got',
    send: (manager, { origin }) =>
      bindGot(got, manager, { origins: [origin] }).client(`${origin}/x`),
  },
  {
    name: 'got, agent of a proxy',
    send: (manager, { origin, proxy }) => {
      const bare = got.extend({ agent: { http: new ProxyAgent(proxy) } });
      return bindGot(bare, manager, { origins: [origin] }).client(`${origin}/x`);
    },
  },
  {
    name: 'https',
    send: async (manager, { origin }) => {
      const { client } = bindHttps(manager, { origins: [origin] });
      return (await client.get(`${origin}/x`)).resume();
    },
  },
  {
    name: 'https, proxyEnv in its agent',
    send: async (manager, { origin, proxy }) => {
      const agent: object = { proxyEnv: { http_proxy: proxy } };
      const { client } = bindHttps(manager, { origins: [origin], agent });
      return (await client.get(`${origin}/x`)).resume();
    },
  },
  fetchClient('fetch', globalThis.fetch),
  fetchClient('undici.fetch', undici.fetch),
  fetchClient('undici.fetch, dispatcher of a proxy', undici.fetch, ({ proxy }) => ({
    dispatcher: new undici.ProxyAgent(proxy),
  })),
  {
    name: 'fetch, EnvHttpProxyAgent for all',
    send: async (manager, { origin, proxy }) => {
      const before = undici.getGlobalDispatcher();
      undici.setGlobalDispatcher(new undici.EnvHttpProxyAgent({ httpProxy: proxy, noProxy: '' }));
      try {
        const { client } = bindFetch(globalThis.fetch, manager, { origins: [origin] });
        return await (await client(`${origin}/x`)).text();
      } finally {
        undici.setGlobalDispatcher(before);
      }
    },
  },
  dispatcherClient('dispatcher, EnvHttpProxyAgent', () => new undici.EnvHttpProxyAgent()),
  dispatcherClient('dispatcher, ProxyAgent', ({ proxy }) => new undici.ProxyAgent(proxy)),
  dispatcherClient('dispatcher, ProxyAgent without tunnel', ({ proxy }) => {
    return new undici.ProxyAgent({ uri: proxy, proxyTunnel: false });
  }),
  {
    name: 'gRPC',
    send: (manager, { target }) => callPlaintext(manager, target, {}),
  },
  {
    name: 'gRPC, proxy asked for',
    send: (manager, { target }) => callPlaintext(manager, target, { 'grpc.enable_http_proxy': 1 }),
  },
];

function callPlaintext(manager: CredentialManager, target: string, channel: object): Promise<void> {
  const { client: api } = bindGrpc(manager, { target, plaintext: true, channel });
  const client = new Client(api.target, api.credentials, api.options);
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    const metadata = new Metadata();
    const method = '/test.Test/Say';
    client.makeUnaryRequest(method, same, same, Buffer.alloc(0), metadata, (error) => {
      client.close();
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** The clients that ride on Node's own agent, and on HTTP/2. */

import { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import { CredentialDispatcher } from '@keyturn/undici';
import axios, { type CreateAxiosDefaults } from 'axios';
import { type ExtendOptions, got } from 'got';
import { startHttpServer } from './http-server.js';
import { startHttp2Server } from './http2-server.js';
import { type BindParts, type BoundClient, concurrency, type LoadClient } from './load-client.js';

export const methodOf = (body: string | undefined) => (body === undefined ? 'GET' : 'POST');

/** Where the credential may go, and how to meet the server. */
export const whereOf = ({ server, options, ca }: BindParts) => ({
  ...options,
  origins: [server.url],
  tls: { ca: ca ?? server.ca },
});

const agentOf = ({ keepAlive = true }: BindParts) => new Agent({ keepAlive });

export const httpsClient: LoadClient = {
  name: 'https',
  startServer: startHttpServer,
  bind: (parts) => {
    const { manager, server, keepAlive = true } = parts;
    const { client } = bindHttps(manager, { ...whereOf(parts), agent: { keepAlive } });
    return {
      ask: async ({ path, body }) => {
        const response = await client.request(server.url + path, { method: methodOf(body), body });
        return { status: response.statusCode ?? 0, text: await text(response) };
      },
      async *follow(path) {
        yield* await client.get(server.url + path);
      },
      close: () => client.agent.destroy(),
    };
  },
};

function bindAxiosWith(parts: BindParts, settings: CreateAxiosDefaults): BoundClient {
  const bare = axios.create({
    baseURL: parts.server.url,
    proxy: false,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
    ...settings,
  });
  const { client, unbind } = bindAxios(bare, parts.manager, whereOf(parts));
  return {
    ask: async ({ path, body }) => {
      const request = { url: path, method: methodOf(body), data: body };
      const { status, data } = await client.request<string>(request);
      return { status, text: data };
    },
    async *follow(path) {
      const { data } = await client.get<Readable>(path, { responseType: 'stream' });
      yield* data;
    },
    close: unbind,
  };
}

export const axiosClient: LoadClient = {
  name: 'axios',
  startServer: startHttpServer,
  bind: (parts) => bindAxiosWith(parts, { httpsAgent: agentOf(parts) }),
};

export const axiosHttp2Client: LoadClient = {
  name: 'axios over HTTP/2',
  connects: 'once',
  cuts: false,
  startServer: startHttp2Server,
  // How long axios keeps a session without streams; a second by default.
  bind: (parts) =>
    bindAxiosWith(parts, { httpVersion: 2, http2Options: { sessionTimeout: 50 } as object }),
};

/** Axios over fetch takes no agent: the token is the binding's, the certificate that of a dispatcher given to it. */
export const axiosFetchClient: LoadClient = {
  name: 'axios over fetch',
  startServer: startHttpServer,
  bind: (parts) => {
    const dispatcher = new CredentialDispatcher(parts.manager, {
      ...whereOf(parts),
      agent: { connections: concurrency },
    });
    const bound = bindAxiosWith(parts, { adapter: 'fetch', fetchOptions: { dispatcher } });
    return {
      ...bound,
      close: () => {
        bound.close();
        dispatcher.destroy().catch(() => {});
      },
    };
  },
};

function bindGotWith(parts: BindParts, settings: ExtendOptions): BoundClient {
  const bare = got.extend({
    prefixUrl: parts.server.url,
    retry: { limit: 0 },
    throwHttpErrors: false,
    ...settings,
  });
  const { client, unbind } = bindGot(bare, parts.manager, whereOf(parts));
  return {
    ask: async ({ path, body }) => {
      const response = await client(path.slice(1), {
        method: methodOf(body),
        ...(body !== undefined && { body }),
      });
      return { status: response.statusCode, text: response.body };
    },
    follow: (path) => client.stream(path.slice(1)),
    close: unbind,
  };
}

export const gotClient: LoadClient = {
  name: 'got',
  // It hears that the answer broke off before it hears why, and keeps the first.
  cutCode: 'ECONNRESET',
  startServer: startHttpServer,
  bind: (parts) => bindGotWith(parts, { agent: { https: agentOf(parts) } }),
};

export const gotHttp2Client: LoadClient = {
  name: 'got over HTTP/2',
  connects: 'once',
  // got does so without a binding as well.
  resetsStreams: true,
  cuts: false,
  startServer: startHttp2Server,
  bind: (parts) => bindGotWith(parts, { http2: true }),
};

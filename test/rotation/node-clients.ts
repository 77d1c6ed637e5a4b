/** The clients that ride on Node's own agent. */

import { Agent } from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import axios from 'axios';
import { got } from 'got';
import { startHttpServer } from './http-server.js';
import type { BindParts, LoadClient } from './load-client.js';

export const methodOf = (body: string | undefined) => (body === undefined ? 'GET' : 'POST');

/** Where the credential may go, and how to meet the server. */
export const whereOf = ({ server, options }: BindParts) => ({
  ...options,
  origins: [server.url],
  tls: { ca: server.ca },
});

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

export const axiosClient: LoadClient = {
  name: 'axios',
  startServer: startHttpServer,
  bind: (parts) => {
    const { manager, server, keepAlive = true } = parts;
    const bare = axios.create({
      baseURL: server.url,
      httpsAgent: new Agent({ keepAlive }),
      proxy: false,
      responseType: 'text',
      transformResponse: (data: unknown) => data,
      validateStatus: () => true,
    });
    const { client, unbind } = bindAxios(bare, manager, whereOf(parts));
    return {
      ask: async ({ path, body }) => {
        const { status, data } = await client.request<string>({
          url: path,
          method: methodOf(body),
          data: body,
        });
        return { status, text: data };
      },
      async *follow(path) {
        const { data } = await client.get<Readable>(path, { responseType: 'stream' });
        yield* data;
      },
      close: unbind,
    };
  },
};

export const gotClient: LoadClient = {
  name: 'got',
  // It hears that the answer broke off before it hears why, and keeps the first.
  cutCode: 'ECONNRESET',
  startServer: startHttpServer,
  bind: (parts) => {
    const { manager, server, keepAlive = true } = parts;
    const bare = got.extend({
      prefixUrl: server.url,
      agent: { https: new Agent({ keepAlive }) },
      retry: { limit: 0 },
      throwHttpErrors: false,
    });
    const { client, unbind } = bindGot(bare, manager, whereOf(parts));
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
  },
};

/** The clients that ride on undici. */

import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import { request } from 'undici';
import { startHttpServer } from './http-server.js';
import { type BindParts, concurrency, type LoadClient } from './load-client.js';
import { methodOf, whereOf } from './node-clients.js';

/**
 * For undici's Agent. Without a limit it opens some connections more than it has requests, with or without a binding.
 * Pipelining 0 closes each connection after its request.
 */
const agentOf = ({ keepAlive = true }: BindParts) => ({
  connections: concurrency,
  ...(!keepAlive && { pipelining: 0 }),
});

export const undiciClient: LoadClient = {
  name: 'undici',
  startServer: startHttpServer,
  bind: (parts) => {
    const { manager, server } = parts;
    const dispatcher = new CredentialDispatcher(manager, {
      ...whereOf(parts),
      agent: agentOf(parts),
    });
    return {
      ask: async ({ path, body }) => {
        const response = await request(server.url + path, {
          dispatcher,
          method: methodOf(body),
          body: body ?? null,
        });
        return { status: response.statusCode, text: await response.body.text() };
      },
      async *follow(path) {
        const { body } = await request(server.url + path, { dispatcher });
        yield* body;
      },
      close: () => void dispatcher.destroy(),
    };
  },
};

export const fetchClient: LoadClient = {
  name: 'fetch',
  startServer: startHttpServer,
  bind: (parts) => {
    const { manager, server } = parts;
    const { client, unbind } = bindFetch(fetch, manager, {
      ...whereOf(parts),
      agent: agentOf(parts),
    });
    return {
      ask: async ({ path, body }) => {
        const response = await client(server.url + path, {
          method: methodOf(body),
          ...(body !== undefined && { body }),
        });
        return { status: response.status, text: await response.text() };
      },
      async *follow(path) {
        const { body } = await client(server.url + path);
        // The types of Node's stream know its iterator, those of the DOM do not.
        yield* (body ?? []) as unknown as AsyncIterable<Uint8Array>;
      },
      close: unbind,
    };
  },
};

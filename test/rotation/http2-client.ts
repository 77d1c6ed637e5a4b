import { text } from 'node:stream/consumers';
import { bindHttp2 } from '@keyturn/https';
import { startHttp2Server } from './http2-server.js';
import type { LoadClient } from './load-client.js';
import { methodOf, whereOf } from './node-clients.js';

export const http2Client: LoadClient = {
  name: 'http2',
  connects: 'once',
  startServer: startHttp2Server,
  bind: (parts) => {
    const { manager, server } = parts;
    const { client, unbind } = bindHttp2(manager, whereOf(parts));
    return {
      ask: async ({ path, body }) => {
        const { statusCode, stream } = await client.request(server.url + path, {
          method: methodOf(body),
          body,
        });
        return { status: statusCode, text: await text(stream) };
      },
      async *follow(path) {
        const { stream } = await client.get(server.url + path);
        yield* stream;
      },
      close: () => {
        unbind();
        client.close();
      },
    };
  },
};

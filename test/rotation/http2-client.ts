import type { ClientHttp2Stream } from 'node:http2';
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
        return { status: statusCode, text: await wholeText(stream) };
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

/**
 * Reads to the end by events. An async iterator, and `text()` with it, throws ERR_STREAM_PREMATURE_CLOSE on Node 24 and 26
 * when all of an answer has arrived before the first of it is read.
 */
export function wholeText(stream: ClientHttp2Stream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      text += piece;
    });
    stream.once('end', () => resolve(text));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('closed')));
  });
}

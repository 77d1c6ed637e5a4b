import { equal, deepEqual as same } from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { CredentialMaterial } from '@keyturn/core';
import type { RecordedRequest } from '../server/recorded-request.js';
import type { TestApiServer } from '../server/test-api-server.js';
import { rejection, tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Theatre } from './theatre.js';

/** What becomes of a request whose connection closes before it is answered. */
export const resendScenes: readonly Scene[] = [
  scene(
    'sends a request again that the server has not processed, with the newest token',
    ['token', 'keepsConnections', 'resends'],
    async (theatre) => {
      const server = await leaveOne(theatre, () => ({}));
      same(tokensOf(server), ['token-1', 'token-1', 'token-2']);
    },
  ),

  scene(
    'sends a request again that the server has not processed, with the newest headers',
    ['token', 'keepsConnections', 'resends'],
    async (theatre) => {
      const server = await leaveOne(theatre, (run) => ({
        token: undefined,
        headers: { 'X-API-Key': `key-${run}` },
      }));
      const keys = server.requests.map(({ headers }) => headers['x-api-key']);
      same(keys, ['key-1', 'key-1', 'key-2']);
    },
  ),

  scene(
    'sends no request again that the server may have processed',
    ['token', 'bodies', 'keepsConnections'],
    async (theatre) => {
      const { server, send } = await theatre.stage({
        server: {
          respond: (_, response, { path, connection }) => {
            if (path === '/cut') server.connections.cut(connection);
            else response.end('{}');
          },
        },
      });
      for (const method of ['POST', 'PUT']) {
        await send('/kept');
        const cut = send('/cut', { method, body: { kind: 'text', value: 'some text' } });
        await rejection(`a ${method} whose connection was cut`, cut, theatre.limitMs);
      }
      equal(server.requests.filter(({ path }) => path === '/cut').length, 2);
    },
  ),
];

/** Has the second request left unprocessed, once there is another credential. */
async function leaveOne<Client>(
  theatre: Theatre<Client>,
  change: (run: number) => CredentialMaterial,
): Promise<TestApiServer> {
  const { server, source, manager, send } = await theatre.stage({
    server: {
      respond: async (request, response, recorded) => {
        if (server.requests.length !== 2) return void response.end('{}');
        await manager.refresh();
        leaveUnprocessed(server, request, recorded);
      },
    },
  });
  source.change = change;
  await send('/kept');
  equal((await send('/left')).status, 200);
  return server;
}

/** HTTP/2 has a word for it. Over HTTP/1.1 a client takes it that a connection which was kept had closed before. */
function leaveUnprocessed(
  { connections }: TestApiServer,
  request: IncomingMessage & { readonly stream?: ServerHttp2Stream },
  { connection }: RecordedRequest,
): void {
  if (request.stream === undefined) connections.cut(connection);
  else request.stream.close(constants.NGHTTP2_REFUSED_STREAM);
}

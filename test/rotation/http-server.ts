import { startTestApiServer } from '@keyturn/testkit';
import { answerTo } from './answers.js';
import type { LoadServer, LoadServerOptions } from './load-server.js';
import { loadAuthority } from './rotating-source.js';

/** Starts a server that speaks HTTP/1.1. */
export async function startHttpServer({
  accepts,
  version,
}: LoadServerOptions = {}): Promise<LoadServer> {
  return startTestApiServer({
    authority: await loadAuthority(),
    clientCertificate: 'require',
    keepRequests: 0,
    ...(version && { minVersion: version, maxVersion: version }),
    authorize: ({ token }) => accepts?.(token) !== false,
    respond: async (_, response, { path, commonName, token, body, connection, resumed }) => {
      const view = { path, commonName, token, bytes: body.length, connection, resumed };
      for await (const piece of answerTo(view)) {
        if (response.destroyed) return;
        response.write(piece);
      }
      response.end();
    },
  });
}

import type { TLSSocket } from 'node:tls';
import { startTestApiServer } from '@keyturn/testkit';
import { answerTo } from './answers.js';
import { type LoadServerOptions, type RenewableServer, shownOn } from './load-server.js';
import { loadAuthority } from './rotating-source.js';

/** Starts a server that speaks HTTP/1.1. */
export async function startHttpServer({
  accepts,
  version,
}: LoadServerOptions = {}): Promise<RenewableServer> {
  return startTestApiServer({
    authority: await loadAuthority(),
    clientCertificate: 'require',
    keepRequests: 0,
    ...(version && { minVersion: version, maxVersion: version }),
    authorize: ({ token }) => accepts?.(token) !== false,
    respond: async (
      { socket },
      response,
      { path, commonName, token, body, connection, resumed },
    ) => {
      const shown = shownOn(socket as TLSSocket);
      const view = { path, commonName, token, shown, bytes: body.length, connection, resumed };
      for await (const piece of answerTo(view)) {
        if (response.destroyed) return;
        response.write(piece);
      }
      response.end();
    },
  });
}

import { once } from 'node:events';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { answerTo, type View } from './answers.js';
import {
  type LoadServerOptions,
  NumberedConnections,
  type RenewableServer,
  shownOn,
  tokenIn,
} from './load-server.js';
import { loadAuthority } from './rotating-source.js';

/** Starts a server that speaks HTTP/2 and nothing else. */
export async function startHttp2Server({
  accepts,
  version,
}: LoadServerOptions = {}): Promise<RenewableServer> {
  const authority = await loadAuthority();
  const { certificate, privateKey } = await authority.issueServerCertificate();
  const tls = {
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
    ...(version && { minVersion: version, maxVersion: version }),
  };
  const server = createSecureServer({ ...tls, cert: certificate, key: privateKey });
  const connections = new NumberedConnections(server);
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    const token = tokenIn(headers.authorization);
    if (accepts?.(token) === false) return refuse(stream);
    const socket = stream.session?.socket as TLSSocket;
    const view = {
      path: headers[':path'] ?? '',
      token,
      commonName: socket.getPeerCertificate().subject.CN as string,
      shown: shownOn(socket),
      connection: connections.numberOf(socket),
      resumed: socket.isSessionReused(),
    };
    respond(stream, view).catch(() => stream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    ca: authority.certificate,
    connections,
    presentCertificate: (pair) => {
      server.setSecureContext({ ...tls, cert: pair.certificate, key: pair.privateKey });
    },
    async [Symbol.asyncDispose]() {
      server.close();
      connections.destroyAll();
    },
  };
}

/**
 * Reads the request to its end first, as most servers do. An answer that comes earlier makes clients reset the stream, and
 * Node 20 ends a session after a thousand resets, in defence against those who do nothing else.
 */
function refuse(stream: ServerHttp2Stream): void {
  stream.resume();
  stream.once('end', () => {
    stream.respond({ ':status': 401 });
    stream.end('Unauthorized');
  });
}

async function respond(stream: ServerHttp2Stream, seen: View): Promise<void> {
  const bytes = (await text(stream)).length;
  stream.respond({ ':status': 200 });
  for await (const piece of answerTo({ ...seen, bytes })) {
    if (stream.destroyed) return;
    stream.write(piece);
  }
  stream.end();
}

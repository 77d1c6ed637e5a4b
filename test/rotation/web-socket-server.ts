import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerTo, type View } from './answers.js';
import {
  type LoadServerOptions,
  NumberedConnections,
  type RenewableServer,
  shownOn,
  tokenIn,
} from './load-server.js';
import { loadAuthority } from './rotating-source.js';

const refusal = 'HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** Starts a server of WebSockets: each answers what its path asks for, and closes. */
export async function startWebSocketServer({
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
  const server = createServer({ ...tls, cert: certificate, key: privateKey });
  const connections = new NumberedConnections(server);
  const webSockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const token = tokenIn(request.headers.authorization);
    if (accepts?.(token) === false) {
      socket.end(refusal);
      return;
    }
    const tlsSocket = request.socket as TLSSocket;
    const view = {
      path: request.url ?? '',
      token,
      commonName: tlsSocket.getPeerCertificate().subject.CN as string,
      shown: shownOn(tlsSocket),
      connection: connections.numberOf(tlsSocket),
      resumed: tlsSocket.isSessionReused(),
    };
    webSockets.handleUpgrade(request, socket, head, (webSocket) => respond(webSocket, view));
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

async function respond(webSocket: WebSocket, view: View): Promise<void> {
  for await (const piece of answerTo(view)) {
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.send(piece);
  }
  webSocket.close(1000);
}

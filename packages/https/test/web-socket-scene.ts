import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type WebSocket, WebSocketServer } from 'ws';
import { authority } from './scene.js';

export interface RecordedUpgrade {
  readonly authorization: string | undefined;
  readonly commonName: string | undefined;
}

export interface WebSocketServerOptions {
  /** False is answered with 401. Default: everything is allowed. */
  readonly authorize?: (upgrade: RecordedUpgrade) => boolean | Promise<boolean>;
  /** Answers every upgrade with this status. */
  readonly status?: number;
  /** Answers an upgrade with a redirect to where this says, if anywhere. */
  readonly redirect?: (upgrade: RecordedUpgrade) => string | undefined;
  /** Leave upgrades without an answer. */
  readonly silent?: boolean;
  readonly onConnection?: (socket: WebSocket) => void;
}

export interface WebSocketTestServer extends AsyncDisposable {
  /** `wss://localhost:PORT`. */
  readonly url: string;
  readonly ca: string;
  readonly upgrades: readonly RecordedUpgrade[];
  readonly sockets: ReadonlySet<WebSocket>;
  /** Resolves when the next upgrade has arrived. */
  nextUpgrade(): Promise<void>;
}

/** A WebSocket server on loopback that asks for a client certificate and remembers who came. */
export async function startWebSocketServer(
  options: WebSocketServerOptions = {},
): Promise<WebSocketTestServer> {
  const { certificate: ca, issueServerCertificate } = await authority();
  const { certificate: cert, privateKey: key } = await issueServerCertificate();
  const server = https.createServer({
    cert,
    key,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const sockets = new WebSocketServer({ noServer: true });
  const connections = new Set<Duplex>();
  const upgrades: RecordedUpgrade[] = [];
  const answer = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const { authorization } = request.headers;
    const { CN } = (socket as TLSSocket).getPeerCertificate().subject ?? {};
    const upgrade: RecordedUpgrade = { authorization, commonName: CN as string | undefined };
    upgrades.push(upgrade);
    const status = (await options.authorize?.(upgrade)) === false ? 401 : options.status;
    const location = options.redirect?.(upgrade);
    if (location !== undefined) {
      socket.end(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
    } else if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nwww-authenticate: Bearer\r\ncontent-length: 0\r\n\r\n`);
    } else if (!options.silent) {
      // What the server says at once arrives together with the answer to the upgrade.
      socket.cork();
      sockets.handleUpgrade(request, socket, head, (opened) => options.onConnection?.(opened));
      socket.uncork();
    }
  };
  server.on('upgrade', (request, socket: Duplex, head) => {
    connections.add(socket);
    socket.on('error', () => {});
    void answer(request, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `wss://localhost:${(server.address() as AddressInfo).port}`,
    ca,
    upgrades,
    sockets: sockets.clients,
    nextUpgrade: async () => void (await once(server, 'upgrade')),
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

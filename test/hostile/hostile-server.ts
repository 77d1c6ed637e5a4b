import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { TestAuthority } from '@keyturn/testkit';

/** What a server was sent. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly token: string | undefined;
  /** Whether there was a client certificate, whoever has issued it. */
  readonly hasCertificate: boolean;
  /** What it says, whoever has issued it. */
  readonly commonName: string | undefined;
}

export interface HostileServer extends AsyncDisposable {
  /** `https://localhost:PORT` */
  readonly origin: string;
  readonly seen: Seen[];
}

export interface HostileServerOptions {
  /** Has issued the certificate of the server. */
  readonly authority: TestAuthority;
  /** Asked before a request is answered; false refuses it, in the way of its protocol. Default: nothing is refused. */
  readonly accepts?: (seen: Seen) => boolean;
}

/**
 * Starts a server that speaks all that the clients speak: HTTP/1.1 and 2, WebSocket upgrades, unary gRPC. It takes whatever
 * it is sent and remembers it.
 */
export async function startHostileServer({
  authority,
  accepts = () => true,
}: HostileServerOptions): Promise<HostileServer> {
  const { certificate, privateKey } = await authority.issueServerCertificate();
  const server = createSecureServer({
    cert: certificate,
    key: privateKey,
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const seen: Seen[] = [];
  const sockets = new Set<Duplex>();
  const take = (one: Seen): boolean => {
    seen.push(one);
    return accepts(one);
  };
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    answer(request, response, take).catch(() => response.stream?.destroy());
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) =>
    upgrade(request, socket, take),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function answer(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  take: (seen: Seen) => boolean,
): Promise<void> {
  const body = await buffer(request);
  const isTaken = take(seenOf(request, body));
  if (/^application\/grpc/.test(String(request.headers['content-type']))) {
    answerGrpc(response, isTaken);
  } else {
    response.writeHead(isTaken ? 200 : 401, { 'content-type': 'application/json' });
    response.end('{}');
  }
}

/** An empty message, or status 16, which is gRPC's 401. */
function answerGrpc(response: Http2ServerResponse, isTaken: boolean): void {
  response.setHeader('content-type', 'application/grpc');
  // With a body a status is a trailer, without one a header: gRPC sends again only what has no answer but a status.
  if (isTaken) response.addTrailers({ 'grpc-status': '0' });
  else response.setHeader('grpc-status', '16');
  const emptyMessage = Buffer.alloc(5);
  if (isTaken) response.end(emptyMessage);
  else response.end();
}

const webSocketGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function upgrade(request: IncomingMessage, socket: Duplex, take: (seen: Seen) => boolean): void {
  if (!take(seenOf(request, Buffer.alloc(0)))) {
    socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}${webSocketGuid}`)
    .digest('base64');
  const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
  socket.write(`${head}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
}

function seenOf(
  { method, url, headers, socket }: IncomingMessage | Http2ServerRequest,
  body: Buffer,
): Seen {
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  // Without a certificate it is an empty object.
  const { subject } = (socket as TLSSocket).getPeerCertificate() as Partial<PeerCertificate>;
  return {
    method: method ?? '',
    path: url ?? '',
    headers: { ...headers },
    body: body.toString('latin1'),
    token,
    hasCertificate: subject !== undefined,
    commonName: subject?.CN as string | undefined,
  };
}

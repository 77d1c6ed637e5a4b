/** Servers on loopback that answer well, badly, late or not at all. */

import { once } from 'node:events';
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createSecure } from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { createTestAuthority } from '@keyturn/testkit';
import { WebSocketServer } from 'ws';
import { startNotes } from './grpc-notes.js';

export type Scheme = 'https' | 'http' | 'h2' | 'grpc' | 'grpc-plain';

export interface Site {
  /** Without a slash at the end. */
  readonly url: string;
  /** Resolves when the next request for `/hang` or `/slow` has arrived. */
  nextArrival(): Promise<void>;
}

export interface World extends AsyncDisposable {
  readonly ca: string;
  readonly clientCertificate: { readonly certificate: string; readonly privateKey: string };
  readonly sites: Readonly<Record<Scheme, Site>>;
  /** Every Authorization that has arrived. Whoever sends none, shows none. */
  readonly received: Set<unknown>;
  /** Another origin, over TLS. */
  readonly elsewhere: string;
  /** `host:port` where nobody listens. */
  readonly nobody: string;
  /** `host:port` of one who accepts connections and never says a word. */
  readonly deaf: string;
  /** `http://host:port` of a proxy that wants to know who is asking. */
  readonly refusingProxy: string;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

export async function openWorld(): Promise<World> {
  const authority = await createTestAuthority();
  const { certificate: cert, privateKey: key } = await authority.issueServerCertificate();
  const tls = {
    cert,
    key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const servers: Listening[] = [];
  const received = new Set<unknown>();
  const receive = ({ headers }: IncomingMessage) => received.add(headers.authorization);
  const start = async (server: Server): Promise<string> => {
    servers.push(await listen(server));
    return `localhost:${(server.address() as AddressInfo).port}`;
  };
  const site = async (scheme: string, make: (listener: Listener) => Server): Promise<Site> => {
    const arrivals: (() => void)[] = [];
    const server = make((request, response) => respond(request, response, elsewhere, arrivals));
    server.on('request', receive).on('upgrade', receive);
    upgradeOn(server, () => arrive(arrivals));
    return {
      url: `${scheme}://${await start(server)}`,
      nextArrival: () => new Promise((resolve) => arrivals.push(resolve)),
    };
  };
  const elsewhere = `https://${await start(createSecure(tls, (_request, response) => response.end('{}')))}`;
  const notes = async (scheme: string, credentials: ServerCredentials): Promise<Site> => {
    const arrivals: (() => void)[] = [];
    const { host, close } = await startNotes(
      credentials,
      () => arrive(arrivals),
      (authorization) => received.add(authorization),
    );
    servers.push({ close });
    return {
      url: `${scheme}://${host}`,
      nextArrival: () => new Promise((resolve) => arrivals.push(resolve)),
    };
  };
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  const mutual = ServerCredentials.createSsl(Buffer.from(authority.certificate), [pair], true);
  const sites = {
    grpc: await notes('https', mutual),
    'grpc-plain': await notes('http', ServerCredentials.createInsecure()),
    https: await site('https', (listener) => createSecure(tls, listener)),
    http: await site('http', (listener) => createPlain(listener)),
    h2: await site('https', (listener) => createSecureServer(tls, listener as never) as never),
  };
  const deaf = await start(net.createServer());
  const refusingProxy = `http://${await start(net.createServer(refuseTunnel))}`;
  const gone = net.createServer();
  const nobody = await start(gone);
  await servers.pop()?.close();
  return {
    ca: authority.certificate,
    clientCertificate: await authority.issueClientCertificate(),
    ...{ sites, received, elsewhere, nobody, deaf, refusingProxy },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map(({ close }) => close()));
    },
  };
}

interface Listening {
  close(): Promise<void>;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function refuseTunnel(socket: Socket): void {
  socket.once('data', () => {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
  });
}

function arrive(arrivals: (() => void)[]): void {
  for (const arrived of arrivals.splice(0)) arrived();
}

function upgradeOn(server: Server, onSilence: () => void): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => {});
    const isRefused = request.url === '/refused' || isFirst(request);
    if (isRefused) socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
    else if (request.url === '/cut') socket.destroy();
    else if (request.url === '/garbage') socket.end('garbage\r\n\r\n');
    else if (request.url === '/error') {
      socket.end('HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n');
    } else if (request.url === '/hang') onSilence();
    else sockets.handleUpgrade(request, socket, head, () => {});
  });
}

/** `/replayed` refuses the first credential of a client. */
function isFirst({ url, headers }: IncomingMessage): boolean {
  return url === '/replayed' && !String(headers.authorization).endsWith('-2');
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  elsewhere: string,
  arrivals: (() => void)[],
): void {
  request.resume();
  const path = request.url ?? '/';
  if (isFirst(request)) return void response.writeHead(401).end('{}');
  const answers: Readonly<Record<string, () => void>> = {
    '/refused': () => response.writeHead(401, { 'www-authenticate': 'Bearer' }).end('{}'),
    '/error': () => response.writeHead(500).end('{"message":"oh"}'),
    '/redirected': () => response.writeHead(302, { location: '/fine' }).end(),
    '/sent-away': () => response.writeHead(307, { location: `${elsewhere}/there` }).end(),
    '/in-a-circle': () => response.writeHead(302, { location: '/in-a-circle' }).end(),
    '/to-nowhere': () => response.writeHead(302, { location: 'http://[' }).end(),
    '/cut': () => void cut(response),
    '/half': () => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":');
      setImmediate(() => cut(response));
    },
    '/slow': () => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"half":');
      arrive(arrivals);
    },
    '/hang': () => arrive(arrivals),
    '/garbage': () => request.socket.end('no HTTP at all\r\n\r\n'),
    '/large': () => response.end(JSON.stringify({ text: 'x'.repeat(200_000) })),
    '/broken-json': () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"broken":');
    },
    '/broken-gzip': () => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is no gzip');
    },
  };
  const answer = answers[path] ?? (() => response.end('{"ok":true}'));
  answer();
}

function cut(response: ServerResponse): void {
  const { stream } = response as unknown as { readonly stream?: { close(code: number): void } };
  if (stream === undefined) response.socket?.destroy();
  // INTERNAL_ERROR
  else stream.close(2);
}

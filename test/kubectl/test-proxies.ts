import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ClientCertificate } from '@keyturn/core';
import { clientOf } from './client-of.js';
import type { ProxyVisit } from './observation.js';
import { acceptSocks } from './socks-handshake.js';

/** Proxies on loopback that let everybody through, one of each kind. */
export interface TestProxies extends AsyncDisposable {
  /** Port by kind. */
  readonly ports: Readonly<Record<ProxyVisit['kind'], string>>;
  /** Which visit opened the connection that reached a server from this port of the machine. */
  visitFrom(port: number | undefined): ProxyVisit | undefined;
}

/** @param pair what the proxy over TLS shows. */
export async function startTestProxies(pair: ClientCertificate): Promise<TestProxies> {
  const visits = new Map<number | undefined, ProxyVisit>();
  const pass = (visit: ProxyVisit, client: Socket, greet: (isOpen: boolean) => void): void => {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(visit.target) ?? [];
    const onward = connect(Number(port), host, () => {
      remember(visits, onward, visit);
      greet(true);
      onward.pipe(client).pipe(onward);
    });
    onward.on('error', () => greet(false));
    for (const socket of [client, onward]) {
      socket
        .on('error', () => {})
        .on('close', () => [client, onward].map((each) => each.destroy()));
    }
  };
  const servers = {
    http: proxyOver(http.createServer(), 'http', { visits, pass }),
    https: proxyOver(
      https.createServer({
        cert: pair.certificate,
        key: pair.privateKey,
        requestCert: true,
        rejectUnauthorized: false,
      }),
      'https',
      { visits, pass },
    ),
    socks5: createServer((client) => {
      acceptSocks(client)
        .then(({ target, login, greet }) =>
          pass({ kind: 'socks5', target, ...(login !== undefined && { login }) }, client, greet),
        )
        .catch(() => client.destroy());
    }),
  };
  const sockets = new Set<Socket>();
  for (const server of Object.values(servers)) watchSockets(server, sockets);
  await Promise.all(Object.values(servers).map(listen));
  return {
    ports: {
      http: portOf(servers.http),
      https: portOf(servers.https),
      socks5: portOf(servers.socks5),
    },
    visitFrom: (port) => visits.get(port),
    [Symbol.asyncDispose]: async () => {
      const closed = Object.values(servers).map((server) => once(server.close(), 'close'));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

interface Way {
  readonly visits: Map<number | undefined, ProxyVisit>;
  readonly pass: (visit: ProxyVisit, client: Socket, greet: (isOpen: boolean) => void) => void;
}

function proxyOver<Kind extends http.Server>(
  server: Kind,
  kind: 'http' | 'https',
  { visits, pass }: Way,
): Kind {
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    pass(visitOf(request, kind, request.url ?? ''), client, (isOpen) => {
      client.write(`HTTP/1.1 ${isOpen ? '200 Connected' : '502 Bad Gateway'}\r\n\r\n`);
    });
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const visit = visitOf(request, kind, new URL(request.url ?? '').host);
    const onward = http.request(request.url ?? '', {
      method: request.method,
      agent: false,
      headers: request.headers,
    });
    onward.on('socket', (socket) => {
      socket.once('connect', () => remember(visits, socket, visit));
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  return server;
}

/** As long as it is open: then the port is free for somebody who comes by no proxy. */
function remember(
  visits: Map<number | undefined, ProxyVisit>,
  onward: Socket,
  visit: ProxyVisit,
): void {
  const { localPort } = onward;
  visits.set(localPort, visit);
  onward.once('close', () => visits.delete(localPort));
}

function visitOf(
  { headers, socket }: IncomingMessage,
  kind: 'http' | 'https',
  target: string,
): ProxyVisit {
  const { 'proxy-authorization': login, authorization } = headers;
  return {
    kind,
    target,
    ...(login !== undefined && { login }),
    ...(authorization !== undefined && { authorization }),
    ...clientOf(socket),
  };
}

function watchSockets(server: Server, sockets: Set<Socket>): void {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Server): string {
  return String((server.address() as AddressInfo).port);
}

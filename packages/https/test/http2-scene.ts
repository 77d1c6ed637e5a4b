import { once } from 'node:events';
import http2, {
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import {
  type Binding,
  type CredentialManager,
  type CredentialSource,
  createCredentialManager,
} from '@keyturn/core';
import { type BindHttp2Options, bindHttp2 } from '../src/http2/bind-http2.js';
import type { Http2Client } from '../src/http2/http2-client.js';
import type { Http2Response } from '../src/http2/http2-exchange.js';
import { authority } from './scene.js';

export interface Http2Recorded {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly token: string | undefined;
  readonly commonName: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** 1, 2, 3 … per session. */
  readonly session: number;
}

export interface Http2ServerOptions {
  readonly plainHttp?: boolean;
  /** False is answered with 401. Default: everything is allowed. */
  readonly authorize?: (request: Http2Recorded) => boolean;
  /** Answers an authorized request. Default: 200 and the common name. */
  readonly respond?: (stream: ServerHttp2Stream, request: Http2Recorded) => void;
  /** Refuse a connection without a valid client certificate. Default false. */
  readonly requireCertificate?: boolean;
}

export interface Http2TestServer extends AsyncDisposable {
  /** `https://localhost:PORT`. */
  readonly url: string;
  readonly ca: string;
  readonly requests: readonly Http2Recorded[];
  /** Those that are open, the oldest first. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
}

/** An HTTP/2 server on loopback that remembers what it was asked. */
export async function startHttp2Server(options: Http2ServerOptions = {}): Promise<Http2TestServer> {
  const { certificate: ca } = await authority();
  const server = await makeServer(options);
  const requests: Http2Recorded[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const numbers = new WeakMap<object, number>();
  let count = 0;
  server.on('session', (session) => {
    count += 1;
    numbers.set(session, count);
    sessions.add(session);
    session.on('error', () => {});
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const socket = stream.session?.socket as Partial<TLSSocket> | undefined;
    const commonName = socket?.getPeerCertificate?.().subject?.CN as string | undefined;
    const session = numbers.get(stream.session ?? {}) ?? 0;
    buffer(stream).then(
      (body) => {
        const recorded = record(headers, { commonName, session, body });
        requests.push(recorded);
        answer(stream, recorded, options);
      },
      () => {},
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.plainHttp ? 'http' : 'https'}://localhost:${port}`,
    ca,
    requests,
    sessions,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

async function makeServer(options: Http2ServerOptions): Promise<Http2Server> {
  if (options.plainHttp) return http2.createServer();
  const { certificate: ca, issueServerCertificate } = await authority();
  const { certificate: cert, privateKey: key } = await issueServerCertificate();
  const rejectUnauthorized = options.requireCertificate === true;
  return http2.createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized });
}

function record(
  headers: IncomingHttpHeaders,
  more: Pick<Http2Recorded, 'commonName' | 'session' | 'body'>,
): Http2Recorded {
  return {
    method: headers[':method'],
    path: headers[':path'],
    token: headers.authorization?.replace('Bearer ', ''),
    headers,
    ...more,
  };
}

function answer(
  stream: ServerHttp2Stream,
  request: Http2Recorded,
  { authorize, respond }: Http2ServerOptions,
): void {
  if (stream.destroyed) return;
  if (authorize?.(request) === false) {
    stream.respond({ ':status': 401, 'www-authenticate': 'Bearer' });
    stream.end('who are you?');
  } else if (respond !== undefined) respond(stream, request);
  else {
    stream.respond({ ':status': 200 });
    stream.end(request.commonName ?? 'nobody');
  }
}

export interface Http2Scene extends AsyncDisposable {
  readonly server: Http2TestServer;
  readonly manager: CredentialManager;
  readonly binding: Binding<Http2Client>;
  readonly client: Http2Client;
  /** Sends a GET and reads the answer. */
  get(path?: string): Promise<Http2Answer>;
}

export async function http2Scene(
  source: CredentialSource,
  options: BindHttp2Options = {},
  serverOptions: Http2ServerOptions = {},
): Promise<Http2Scene> {
  const server = await startHttp2Server(serverOptions);
  const manager = createCredentialManager({ source });
  const binding = bindHttp2(manager, { origins: [server.url], tls: { ca: server.ca }, ...options });
  const { client } = binding;
  return {
    server,
    manager,
    binding,
    client,
    get: async (path = '/') => readHttp2(await client.get(server.url + path)),
    async [Symbol.asyncDispose]() {
      client.close();
      await manager.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export interface Http2Answer {
  readonly status: number;
  readonly body: string;
}

/** Reads an answer to its end. */
export async function readHttp2({ statusCode, stream }: Http2Response): Promise<Http2Answer> {
  return { status: statusCode, body: await text(stream) };
}

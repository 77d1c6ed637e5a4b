import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import type { ClientCertificate } from '@keyturn/core';
import type { TestAuthority } from '@keyturn/testkit';
import { answerTo, type View } from './answers.js';
import { loadService, type Question } from './grpc-service.js';
import {
  type LoadServerOptions,
  NumberedConnections,
  type RenewableServer,
  tokenIn,
} from './load-server.js';
import { loadAuthority } from './rotating-source.js';

const refusal = { code: status.UNAUTHENTICATED, details: 'Unauthorized' };

type Call = ServerUnaryCall<Question, string> | ServerWritableStream<Question, string>;

/** Starts a gRPC server. Its connections come through a server of ours, which can count them. */
export async function startGrpcServer({
  accepts,
}: LoadServerOptions = {}): Promise<RenewableServer> {
  const front = createServer();
  const connections = new NumberedConnections(front);
  /** By the number of a connection. */
  const shownOn = new Map<number, string | undefined>();
  const viewOf = (call: Call): View => ({
    path: call.request.path,
    bytes: call.request.body.length,
    token: tokenIn(call.metadata.get('authorization')[0]),
    commonName: (call.getAuthContext().sslPeerCertificate as Peer | undefined)?.subject?.CN,
    shown: shownOn.get(connections.numberOf(call.getPeer())),
    connection: connections.numberOf(call.getPeer()),
  });

  const server = new Server();
  server.addService(loadService, {
    ask: async (call: ServerUnaryCall<Question, string>, done: sendUnaryData<string>) => {
      const view = viewOf(call);
      if (accepts?.(view.token) === false) done(refusal);
      else for await (const whole of answerTo(view)) done(null, whole);
    },
    follow: async (call: ServerWritableStream<Question, string>) => {
      const view = viewOf(call);
      if (accepts?.(view.token) === false) {
        call.emit('error', refusal);
        return;
      }
      for await (const piece of answerTo(view)) {
        if (call.cancelled || call.destroyed) return;
        call.write(piece);
      }
      call.end();
    },
  });
  const authority = await loadAuthority();
  const inject = (pair: ClientCertificate) =>
    server.createConnectionInjector(mutualTls(authority, pair));
  let injector = inject(await authority.issueServerCertificate());
  let shown: string | undefined;
  front.on('connection', (socket) => {
    shownOn.set(connections.numberOf(socket), shown);
    injector.injectConnection(socket);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    url: `https://localhost:${(front.address() as AddressInfo).port}`,
    ca: authority.certificate,
    connections,
    presentCertificate: (pair) => {
      injector = inject(pair);
      shown = /CN=(.*)/.exec(new X509Certificate(pair.certificate).subject)?.[1];
    },
    async [Symbol.asyncDispose]() {
      front.close();
      server.forceShutdown();
      connections.destroyAll();
    },
  };
}

interface Peer {
  readonly subject?: { readonly CN?: string };
}

function mutualTls(
  authority: TestAuthority,
  { certificate, privateKey }: ClientCertificate,
): ServerCredentials {
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) };
  return ServerCredentials.createSsl(Buffer.from(authority.certificate), [pair], true);
}

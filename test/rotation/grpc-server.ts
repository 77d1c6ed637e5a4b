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
import { answerTo, type View } from './answers.js';
import { loadService, type Question } from './grpc-service.js';
import {
  type LoadServer,
  type LoadServerOptions,
  NumberedConnections,
  tokenIn,
} from './load-server.js';
import { loadAuthority } from './rotating-source.js';

const refusal = { code: status.UNAUTHENTICATED, details: 'Unauthorized' };

type Call = ServerUnaryCall<Question, string> | ServerWritableStream<Question, string>;

/** Starts a gRPC server. Its connections come through a server of ours, which can count them. */
export async function startGrpcServer({ accepts }: LoadServerOptions = {}): Promise<LoadServer> {
  const front = createServer();
  const connections = new NumberedConnections(front);
  const viewOf = (call: Call): View => ({
    path: call.request.path,
    bytes: call.request.body.length,
    token: tokenIn(call.metadata.get('authorization')[0]),
    commonName: (call.getAuthContext().sslPeerCertificate as Peer | undefined)?.subject?.CN,
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
  const injector = server.createConnectionInjector(await mutualTls());
  front.on('connection', (socket) => injector.injectConnection(socket));
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    url: `https://localhost:${(front.address() as AddressInfo).port}`,
    ca: (await loadAuthority()).certificate,
    connections,
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

async function mutualTls(): Promise<ServerCredentials> {
  const authority = await loadAuthority();
  const { certificate, privateKey } = await authority.issueServerCertificate();
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) };
  return ServerCredentials.createSsl(Buffer.from(authority.certificate), [pair], true);
}

/** The server of the throughput figures, in its own process: it does as little as a server can. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { answerQuestions } from '../child.js';
import type { ServerIdentity } from '../identities.js';
import { pingService } from './ping-service.js';

const body = JSON.stringify({ kind: 'NamespaceList', items: ['default', 'kube-system'] });

answerQuestions({
  http: (identity: ServerIdentity) => startHttp(identity, true),
  /** Without client certificates. */
  tokens: (identity: ServerIdentity) => startHttp(identity, false),
  grpc: startGrpc,
});

async function startHttp(identity: ServerIdentity, requestCert: boolean): Promise<number> {
  const { ca, certificate: cert, privateKey: key } = identity;
  const server = createServer({ ca, cert, key, requestCert });
  server.on('request', (request, response) => {
    request.resume();
    const mayPass = request.headers.authorization === 'Bearer bench';
    response.writeHead(mayPass ? 200 : 401, {
      'content-type': 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function startGrpc({ ca, certificate, privateKey }: ServerIdentity): Promise<number> {
  const server = new Server();
  server.addService(pingService, {
    ping: (call: ServerUnaryCall<string, string>, done: sendUnaryData<string>) => {
      const mayPass = call.metadata.get('authorization')[0] === 'Bearer bench';
      if (mayPass) done(null, body);
      else done({ code: status.UNAUTHENTICATED, details: 'Unauthorized' });
    },
  });
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) };
  const credentials = ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
  return new Promise((resolve, reject) => {
    server.bindAsync('localhost:0', credentials, (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}

/** A server that knows which tokens are good, and tells whom it took the caller for. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { answerQuestions } from '../child.js';
import type { ServerIdentity } from '../identities.js';
import { type Seen, slownessMs, slowPath, tokenNumberAt } from './protocol.js';

const sockets = new Set<Socket>();
let oldest = 0;
let refusals = 0;

answerQuestions({
  start,
  /** From now on tokens below that number are refused. */
  revokeBelow: (number: number) => {
    oldest = number;
  },
  openSockets: () => sockets.size,
  /** Requests that were answered with 401 so far. */
  refusals: () => refusals,
});

async function start({ ca, certificate, privateKey }: ServerIdentity): Promise<number> {
  const server = createServer({ ca, cert: certificate, key: privateKey, requestCert: true });
  // What a client leaves open stays open, to be counted.
  server.keepAliveTimeout = 0;
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', async (request: IncomingMessage, response) => {
    request.resume();
    // The token is judged when the request comes, as it would be anywhere.
    const token = tokenNumberAt(Date.now(), request.headers.authorization);
    const isGood = token !== undefined && token >= oldest;
    if (!isGood) refusals += 1;
    if (request.url === slowPath) await delay(slownessMs);
    // Without a certificate there is no subject, whatever the types say.
    const { subject } = (
      request.socket as TLSSocket
    ).getPeerCertificate() as Partial<PeerCertificate>;
    const seen: Seen = { token: token ?? 0, commonName: String(subject?.CN) };
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(seen));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

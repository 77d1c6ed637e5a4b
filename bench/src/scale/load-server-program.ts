/**
 * The server of the long run, in its own process: it takes every token of the run and counts what it has seen. It reads
 * requests off the TLS socket, because Node's own HTTP server would take as long over each as the client does.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { answerQuestions } from '../child.js';
import type { ServerIdentity } from '../identities.js';

/** What arrived, as proof that the client has rotated. */
export interface Arrivals {
  readonly connections: number;
  readonly tokens: number;
  readonly certificates: number;
}

const welcome = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n';
const authorization = /^authorization: bearer (bench-\d+)\r$/im;

const tokens = new Set<string>();
const certificates = new Set<string>();
let connections = 0;

answerQuestions({
  start,
  arrivals: (): Arrivals => ({ connections, tokens: tokens.size, certificates: certificates.size }),
});

async function start({ ca, certificate, privateKey }: ServerIdentity): Promise<number> {
  const identity = { ca, cert: certificate, key: privateKey };
  const server = createServer({ ...identity, requestCert: true, noDelay: true }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function serve(socket: TLSSocket): void {
  connections += 1;
  certificates.add(socket.getPeerCertificate().fingerprint256);
  let head = '';
  // A client that is done with its certificate may reset the connection.
  socket.setEncoding('latin1').on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    head += chunk;
    // GET requests end with their head, and the client sends one at a time.
    if (!head.endsWith('\r\n\r\n')) return;
    const token = authorization.exec(head)?.[1];
    head = '';
    if (token !== undefined) tokens.add(token);
    socket.write(token === undefined ? refusal : welcome);
  });
}

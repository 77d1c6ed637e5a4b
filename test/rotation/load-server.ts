import type { Server, Socket } from 'node:net';
import type { PeerCertificate, SecureVersion, TLSSocket } from 'node:tls';
import type { ClientCertificate } from '@keyturn/core';

/** A server under load. It demands a client certificate and says what it saw. */
export interface LoadServer extends AsyncDisposable {
  /** `https://localhost:PORT`, without a slash at the end. */
  readonly url: string;
  /** The certificate to trust, PEM text. */
  readonly ca: string;
  readonly connections: ConnectionCount;
}

/** One whose certificate can be renewed. */
export interface RenewableServer extends LoadServer {
  /** Shows this certificate, and the name in it with each answer, on the connections to come. */
  presentCertificate(pair: ClientCertificate): void;
}

export interface ConnectionCount {
  /** Accepted so far. */
  readonly opened: number;
  readonly open: number;
}

export interface LoadServerOptions {
  /** False is answered with 401. Default: every token is welcome. */
  readonly accepts?: ((token: string | undefined) => boolean) | undefined;
  /** The only TLS version. Default: what Node prefers. */
  readonly version?: Extract<SecureVersion, 'TLSv1.2' | 'TLSv1.3'> | undefined;
}

/** Numbers the connections of a server that the testkit does not know, and can end them. */
export class NumberedConnections implements ConnectionCount {
  readonly #numbers = new Map<string, number>();
  readonly #open = new Set<Socket>();
  #opened = 0;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      this.#opened += 1;
      this.#numbers.set(nameOf(socket), this.#opened);
      socket.once('close', () => this.#open.delete(socket));
      // A client that vanishes is not the server's failure.
      socket.on('error', () => {});
    });
  }

  get opened(): number {
    return this.#opened;
  }

  get open(): number {
    return this.#open.size;
  }

  /** @param peer the socket, the TLS socket around it, or what gRPC calls the peer */
  numberOf(peer: Socket | string): number {
    return this.#numbers.get(typeof peer === 'string' ? peer : nameOf(peer)) ?? 0;
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

/** By the port of the client: a TLS socket does not show the socket that it wraps. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** The name in the certificate that a server has shown on this connection. */
export function shownOn(socket: TLSSocket): string {
  const { subject } = socket.getCertificate() as PeerCertificate;
  return String(subject.CN);
}

/** The token in an Authorization header. */
export function tokenIn(authorization: unknown): string | undefined {
  return /^Bearer (.+)$/.exec(String(authorization ?? ''))?.[1];
}

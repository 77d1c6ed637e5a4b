import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

/** Numbers and counts the connections of a server, and can end them all. */
export class ServerConnections {
  readonly #numbers = new WeakMap<Socket, number>();
  readonly #open = new Set<number>();
  /** Every socket, those still in a TLS handshake too: they would keep a closing server waiting. */
  readonly #sockets = new Set<Socket>();
  #opened = 0;

  /** @param ready the event at which a connection can carry requests */
  constructor(server: HttpServer | HttpsServer, ready: 'connection' | 'secureConnection') {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // A client that vanishes is not the server's failure.
      socket.on('error', () => {});
    });
    server.on(ready, (socket: Socket) => {
      const number = ++this.#opened;
      this.#numbers.set(socket, number);
      this.#open.add(number);
      socket.once('close', () => this.#open.delete(number));
    });
  }

  /** Connections accepted so far; one whose TLS handshake failed is none. */
  get opened(): number {
    return this.#opened;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Tells whether the connection with this number is still open. */
  isOpen(number: number): boolean {
    return this.#open.has(number);
  }

  numberOf(socket: Socket): number {
    return this.#numbers.get(socket) ?? 0;
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { AnyServer } from './server-protocol.js';

/** Numbers and counts the connections of a server, and can end them all. */
export class ServerConnections {
  readonly #numbers = new WeakMap<object, number>();
  readonly #open = new Map<number, EventEmitter>();
  /** Every socket, those still in a TLS handshake too: they would keep a closing server waiting. */
  readonly #sockets = new Set<Socket>();
  #opened = 0;

  /** @param ready the event at which a connection can carry requests; it brings along what carries them */
  constructor(server: AnyServer, ready: string) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      // A client that vanishes is not the server's failure.
      socket.on('error', () => {});
    });
    server.on(ready, (carrier: EventEmitter) => {
      const number = ++this.#opened;
      this.#numbers.set(carrier, number);
      this.#open.set(number, carrier);
      carrier.on('error', () => {});
      carrier.once('close', () => this.#open.delete(number));
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

  /** Ends the connection with this number, without a word. */
  cut(number: number): void {
    const port = remotePortOf(this.#open.get(number));
    for (const socket of this.#sockets) if (socket.remotePort === port) socket.destroy();
  }

  numberOf(carrier: object): number {
    return this.#numbers.get(carrier) ?? 0;
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A session has its socket, and TLS the one below it, out of reach: the port of the client is the same. */
function remotePortOf(carrier: object | undefined): number | undefined {
  const { remotePort, socket } = (carrier ?? {}) as Partial<Socket> & { readonly socket?: Socket };
  return remotePort ?? socket?.remotePort;
}

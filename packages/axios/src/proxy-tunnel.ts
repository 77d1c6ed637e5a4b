import { type ClientRequest, request } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { CredentialError } from '@keyturn/core/binding';

/**
 * A connection to `host:port` through an http proxy, by CONNECT. What is written before it is open waits.
 *
 * TLS runs inside it from end to end, so the proxy sees neither token nor certificate.
 */
export class ProxyTunnel extends Duplex {
  readonly #connect: ClientRequest;
  #socket: Socket | undefined;
  #onOpen: ((socket: Socket) => void) | undefined;

  constructor(proxy: URL, host: string, port: number | string) {
    super();
    const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.#connect = request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || 80,
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...authorizationFor(proxy) },
      agent: false,
    });
    this.#connect.once('connect', ({ statusCode }, socket: Socket, head: Buffer) => {
      if (statusCode === 200) return this.#open(socket, head);
      socket.destroy();
      this.destroy(refusedBy(proxy, `answered CONNECT with status ${statusCode}`));
    });
    this.#connect.once('error', ({ code }: NodeJS.ErrnoException) => {
      this.destroy(refusedBy(proxy, `cannot be reached${code === undefined ? '' : ` (${code})`}`));
    });
    this.#connect.end();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#whenOpen((socket) => socket.write(chunk, done));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenOpen((socket) => socket.end(done));
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connect.destroy();
    this.#socket?.destroy();
    done(error);
  }

  /** A stream has one write under way at a time, so one waiter is enough. */
  #whenOpen(use: (socket: Socket) => void): void {
    if (this.#socket === undefined) this.#onOpen = use;
    else use(this.#socket);
  }

  #open(socket: Socket, head: Buffer): void {
    this.#socket = socket;
    if (head.length > 0) this.push(head);
    socket.on('data', (chunk) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
    this.#onOpen?.(socket);
  }
}

function refusedBy(proxy: URL, what: string): CredentialError {
  return new CredentialError('ERR_PROXY', `The proxy "${proxy.host}" ${what}.`);
}

function authorizationFor({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(plain).toString('base64')}` };
}

import { createHash } from 'node:crypto';
import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Answers an upgrade: with 200 the WebSocket is opened, gets the body as a message and is closed; else it is refused. */
export class UpgradeResponse extends ServerResponse {
  readonly #key: string;
  readonly #socket: Duplex;

  constructor(request: IncomingMessage, socket: Duplex) {
    super(request);
    this.#key = request.headers['sec-websocket-key'] ?? '';
    this.#socket = socket;
    // A client that goes away is not the server's failure.
    socket.on('error', () => {});
    this.assignSocket(socket as Socket);
    this.setHeader('connection', 'close');
    this.once('finish', () => socket.end());
  }

  // biome-ignore lint/suspicious/noExplicitAny: Node has three forms of it; the scenes use this one.
  override writeHead(status: number, headers?: OutgoingHttpHeaders | any): this {
    this.statusCode = status;
    return status === 200 ? this : super.writeHead(status, headers);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  override end(body: any = ''): this {
    if (this.statusCode !== 200) return super.end(body);
    const socket = this.#socket;
    this.detachSocket(socket as Socket);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accepted(this.#key)}\r\n\r\n`,
    );
    socket.write(Buffer.concat([messageOf(Buffer.from(String(body))), closing]));
    // All that a client has to say is that it closes, too.
    socket.once('data', () => socket.end());
    return this;
  }
}

const closing = Buffer.from([0x88, 0]);

/** One text message that fits into a frame of medium length. */
function messageOf(body: Buffer): Buffer {
  const head = Buffer.from([0x81, 126, 0, 0]);
  head.writeUInt16BE(body.length, 2);
  return body.length < 126
    ? Buffer.concat([Buffer.from([0x81, body.length]), body])
    : Buffer.concat([head, body]);
}

/** RFC 6455, 4.2.2: what shows that the server has understood. */
function accepted(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

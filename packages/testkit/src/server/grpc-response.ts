import type { Http2ServerResponse } from 'node:http2';

/** The statuses of HTTP that a server answers with, and those of gRPC that mean the same. */
const codes: Readonly<Record<number, number>> = { 200: 0, 401: 16, 503: 14 };
const unknown = 2;

/** Answers a call of gRPC like a request of HTTP: what is written about a `ServerResponse` holds for it as well. */
export class GrpcResponse {
  statusCode = 200;
  headersSent = false;
  readonly #response: Http2ServerResponse;

  constructor(response: Http2ServerResponse) {
    this.#response = response;
    response.setHeader('content-type', 'application/grpc');
  }

  setHeader(name: string, value: string): this {
    if (!/^content-/.test(name)) this.#response.setHeader(name, value);
    return this;
  }

  writeHead(status: number, headers: Readonly<Record<string, string | number>> = {}): this {
    this.statusCode = status;
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, String(value));
    return this;
  }

  end(body: string | Buffer = ''): this {
    this.headersSent = true;
    const code = codes[this.statusCode] ?? unknown;
    // Who is refused gets trailers only, as gRPC's own servers send them.
    if (code !== 0) this.#response.setHeader('grpc-status', String(code));
    else {
      this.#response.write(packed(Buffer.from(body)));
      this.#response.addTrailers({ 'grpc-status': '0' });
    }
    this.#response.end();
    return this;
  }

  destroy(): void {
    this.#response.stream.destroy();
  }
}

const prefixBytes = 5;

function packed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Joins the messages of a call. */
export function readGrpcMessages(body: Buffer): Buffer {
  const messages: Buffer[] = [];
  for (let offset = 0; offset < body.length; ) {
    const end = offset + prefixBytes + body.readUInt32BE(offset + 1);
    messages.push(body.subarray(offset + prefixBytes, end));
    offset = end;
  }
  return Buffer.concat(messages);
}

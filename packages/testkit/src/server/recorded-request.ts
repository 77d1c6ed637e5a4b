import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a server saw of one request. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query, as it was on the wire. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bearer token, without the word `Bearer`. */
  readonly token?: string;
  /** CN of the client certificate, where one was presented that the server's authority has issued and that is valid. */
  readonly commonName?: string;
  /** The whole body; empty where there was none. */
  readonly body: Buffer;
  /** 1 for the first connection that the server accepted, then 2, 3 … */
  readonly connection: number;
  /** Whether the TLS session of the connection was resumed from an earlier one. */
  readonly resumed: boolean;
  /** The status of the answer; 0 until its head has been sent. */
  readonly status: number;
}

/** Reads the body of `request` and notes the rest. Rejects when the client goes away before the body is whole. */
export async function recordRequest(
  request: IncomingMessage,
  response: ServerResponse,
  connection: number,
  unpack: (body: Buffer) => Buffer = (body) => body,
): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { socket, headers } = request;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers,
    ...tokenOf(headers),
    ...commonNameOf(socket),
    body: unpack(Buffer.concat(chunks)),
    connection,
    resumed: socket instanceof TLSSocket && socket.isSessionReused(),
    get status() {
      return response.headersSent ? response.statusCode : 0;
    },
  };
}

function tokenOf(headers: IncomingHttpHeaders): { token?: string } {
  const [, token] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
  return token === undefined ? {} : { token };
}

function commonNameOf(socket: Socket): { commonName?: string } {
  // A certificate of another authority, or one that has expired, says nothing about who the client is.
  if (!(socket instanceof TLSSocket) || !socket.authorized) return {};
  const subject = socket.getPeerCertificate().subject as { readonly CN?: string } | undefined;
  return subject?.CN === undefined ? {} : { commonName: subject.CN };
}

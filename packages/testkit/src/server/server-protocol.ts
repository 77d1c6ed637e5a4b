import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer as createHttp2TlsServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { GrpcResponse, readGrpcMessages } from './grpc-response.js';
import { UpgradeResponse } from './upgrade-response.js';

/**
 * What a server speaks. Whatever it is, a request is judged and answered as one of HTTP/1.1: a gRPC call ends with the
 * status that means the same, and a WebSocket that is let in gets the body of the answer as its one message.
 */
export type ServerProtocol = 'http/1.1' | 'http/2' | 'grpc' | 'websocket';

export type AnyServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** Makes a server, which does not listen yet. @param tls undefined: in clear text */
export function makeServer(protocol: ServerProtocol, tls: TlsOptions | undefined): AnyServer {
  const isHttp2 = protocol === 'http/2' || protocol === 'grpc';
  if (tls === undefined) return isHttp2 ? createHttp2Server() : createHttpServer();
  return isHttp2 ? createHttp2TlsServer(tls) : createHttpsServer(tls);
}

/** A request in the words of HTTP/1.1. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What carries it and others: a socket, or a session. */
  readonly carrier: object;
  /** Takes apart what the body is packed in. */
  readonly unpack: (body: Buffer) => Buffer;
}

/** The event at which a connection can carry requests; it brings the carrier along. */
export function readyEvent(protocol: ServerProtocol, isPlain: boolean): string {
  if (protocol === 'http/2' || protocol === 'grpc') return 'session';
  return isPlain ? 'connection' : 'secureConnection';
}

export function onArrival(
  server: AnyServer,
  protocol: ServerProtocol,
  listener: (arrival: Arrival) => void,
): void {
  if (protocol === 'websocket') {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
      listener({
        request,
        response: new UpgradeResponse(request, socket),
        carrier: socket,
        unpack,
      });
    });
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    listener(arrivalOf(protocol, request, response));
  });
}

function arrivalOf(
  protocol: ServerProtocol,
  request: IncomingMessage,
  response: ServerResponse,
): Arrival {
  const { stream } = request as IncomingMessage & Partial<Pick<Http2ServerRequest, 'stream'>>;
  const carrier = stream?.session ?? request.socket;
  if (protocol !== 'grpc') return { request, response, carrier, unpack };
  const answer = new GrpcResponse(response as unknown as Http2ServerResponse);
  return { request, response: answer as never, carrier, unpack: readGrpcMessages };
}

function unpack(body: Buffer): Buffer {
  return body;
}

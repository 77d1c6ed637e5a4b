import { once } from 'node:events';
import type { SecureClientSessionOptions } from 'node:http2';
import type { RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type ConnectionTrust, snapshot } from '@keyturn/core/binding';

/** Opens the connection of a session: what `http2.connect()` takes as `createConnection`. */
export type Http2Connector = (authority: URL, options: SecureClientSessionOptions) => Duplex;

/** What a connection runs in and is verified by, beside what its connector knows. */
export interface ConnectionWay {
  /** What the connector verifies the server by, where that rotates: one that cannot be verified is asked again. */
  readonly trust?: ConnectionTrust | undefined;
  /** Opens the tunnel for a connection; undefined where there is no proxy. */
  readonly openTunnel?: (() => Promise<Socket> | undefined) | undefined;
}

/**
 * Asks a server by ALPN which of `options.ALPNProtocols` it speaks, over a connection that is closed again; false where
 * it does not say.
 */
export async function negotiateProtocol(
  connect: Http2Connector,
  authority: URL,
  options: SecureClientSessionOptions,
  { trust, openTunnel }: ConnectionWay = {},
): Promise<string | false> {
  const ask = async (): Promise<string | false> => {
    const tunnel = openTunnel?.();
    const inside = tunnel === undefined ? options : { ...options, socket: await tunnel };
    return askForProtocol(connect, authority, inside);
  };
  return trust === undefined ? ask() : trust.connect(ask);
}

async function askForProtocol(
  connect: Http2Connector,
  authority: URL,
  options: SecureClientSessionOptions,
): Promise<string | false> {
  const socket = connect(authority, options) as TLSSocket;
  socket.once('timeout', () => socket.destroy(timedOut(options.timeout)));
  try {
    await once(socket, 'secureConnect');
    return socket.alpnProtocol ?? false;
  } finally {
    socket.destroy();
  }
}

function timedOut(timeoutMs: number | undefined): Error {
  const error = new Error(`The server has not named its protocol in ${timeoutMs} ms.`);
  return Object.assign(error, { code: 'ETIMEDOUT' });
}

/** Returns the options of a TLS connection to `authority` that speaks HTTP/2, as Node makes them for itself. */
export function http2ConnectionOptions(
  { hostname, port }: URL,
  { createConnection: _, ...options }: SecureClientSessionOptions,
): RequestOptions {
  const host = hostname.replace(/^\[|\]$/g, '');
  const connection = snapshot<SecureClientSessionOptions>({
    ALPNProtocols: ['h2'],
    // An address is no name to ask for; the certificate is checked against the host then.
    servername: isIP(host) === 0 ? host : '',
    ...options,
    host,
    port: Number(port || 443),
  } as SecureClientSessionOptions);
  return connection as RequestOptions;
}

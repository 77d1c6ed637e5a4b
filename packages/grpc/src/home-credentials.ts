import type { Socket } from 'node:net';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';

/** What grpc-js makes of credentials for each connection, from 1.13 on. */
interface SecureConnector {
  connect(socket: Socket): Promise<unknown>;
}

interface Connecting {
  _createSecureConnector?(...details: readonly unknown[]): SecureConnector;
}

/**
 * Returns what a channel in plaintext meets its server with where nothing may leave this machine: a connection that has
 * come to somebody else is given up before anything is sent on it. grpc-js hands Node an address, in which Node would find
 * the `path` of a socket, should one stand on Object.prototype.
 */
export function homeCredentials(): ChannelCredentials {
  const home = credentials.createInsecure();
  const { _createSecureConnector: create } = home as unknown as Connecting;
  if (create === undefined) return home;
  const _createSecureConnector: typeof create = (...details) => {
    const connector = create.apply(home, [...details]);
    return { ...connector, connect: (socket) => connectAtHome(connector, socket) };
  };
  return Object.assign(home, { _createSecureConnector });
}

async function connectAtHome(connector: SecureConnector, socket: Socket): Promise<unknown> {
  if (isLoopback(socket.remoteAddress)) return connector.connect(socket);
  socket.destroy();
  throw new Error('The connection has come to another place than this machine.');
}

/** As Node writes the address of a peer; a socket in the file system has none. */
function isLoopback(address: string | undefined): boolean {
  return /^(?:::1$|(?:::ffff:)?127\.)/.test(address ?? '');
}

import type { Socket } from 'node:net';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { type ConnectionTrust, isCredentialError, type TlsOptions } from '@keyturn/core/binding';
import { tunnelsFor } from '@keyturn/https/tunnel';
import type { GrpcProxy } from './grpc-proxy.js';

/** What grpc-js makes of credentials for the connections of one address, from 1.13 on. */
interface Connector {
  connect(socket: Socket): Promise<unknown>;
}

interface Connecting {
  _createSecureConnector?(target: unknown, options: object, ...more: unknown[]): Connector;
}

/** As long as gRPC waits for a connection. Milliseconds. */
const connectTimeoutMs = 20_000;

/**
 * Has the connections of a channel, which lead to a proxy, run in a tunnel through it. gRPC knows proxies itself: those that speak
 * http, and only from its own options, where a password would stand; and it says little of what they answer.
 * @throws {TypeError} where this version of grpc-js makes its connections in a way that lets nobody do so.
 */
export function proxiedCredentials(
  made: ChannelCredentials,
  { url, target, authority }: GrpcProxy,
  tls: TlsOptions,
  trust: ConnectionTrust | undefined,
): ChannelCredentials {
  const { _createSecureConnector: create } = made as unknown as Connecting;
  if (create === undefined) {
    throw new TypeError(
      'Option "proxy" of bindGrpc needs @grpc/grpc-js 1.13 or later. Use a later version, or name the proxy in the environment variable "grpc_proxy".',
    );
  }
  const tunnels = tunnelsFor(url, tls, trust);
  const _createSecureConnector: typeof create = (channelTarget, options, ...more) => {
    // Whom it asks for, and checks the certificate against, it takes from there.
    const really = { ...options, 'grpc.http_connect_target': `dns:${authority}` };
    const connector = create.call(made, channelTarget, really, ...more);
    const connect = connector.connect.bind(connector);
    connector.connect = async (socket) => {
      const opened = tunnels.open(target, { socket, timeoutMs: connectTimeoutMs });
      return connect(await opened.catch(asStatus));
    };
    return connector;
  };
  return Object.assign(made, { _createSecureConnector });
}

/** gRPC makes a text of what a connection fails with, and a status of that. */
function asStatus(error: unknown): never {
  if (!isCredentialError(error)) throw error;
  throw new Error(`${error.code}: ${error.message}`);
}

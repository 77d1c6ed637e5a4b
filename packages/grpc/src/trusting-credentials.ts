import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { ConnectionTrust, Trust } from '@keyturn/core/binding';

/** What grpc-js makes of credentials for the connections of one address, from 1.13 on. */
interface SecureConnector {
  readonly connectionOptions: { secureContext?: SecureContext };
  connect(socket: Socket): Promise<unknown>;
}

interface Connecting {
  _createSecureConnector?(target: unknown, options: object, ...more: unknown[]): SecureConnector;
}

/**
 * Has the connections of a channel be verified by what is trusted when they are made, and made once more where a server cannot be
 * verified and somebody else is trusted by then.
 *
 * Through a proxy, or to a socket in the file system, it is gRPC itself that connects again, after its pause.
 * @throws {TypeError} where this version of grpc-js makes its connections in a way that lets nobody do so.
 */
export function trustingCredentials(
  made: ChannelCredentials,
  trust: ConnectionTrust,
  contextUnder: (trust: Trust) => SecureContext,
): ChannelCredentials {
  const { _createSecureConnector: create } = made as unknown as Connecting;
  if (create === undefined) {
    throw new TypeError(
      'Option "tls.ca" of bindGrpc can be a trust source with @grpc/grpc-js 1.13 and later: earlier ones keep the authorities of a channel for ever. Use a later version, or give PEM text.',
    );
  }
  const _createSecureConnector: typeof create = (target, options, ...more) => {
    const connector = create.call(made, target, options, ...more);
    const secure = connector.connect.bind(connector);
    const connectNow = (socket: Socket, current: Trust): Promise<unknown> => {
      connector.connectionOptions.secureContext = contextUnder(current);
      return secure(socket);
    };
    connector.connect = (first) => {
      // A socket that has ended does not know it any more.
      const address = addressOf(first, options);
      let failure: unknown;
      return trust.connect(async (current) => {
        if (failure !== undefined && address === undefined) throw failure;
        try {
          return await connectNow(failure ? await connectTo(address as never) : first, current);
        } catch (error) {
          failure = error;
          throw error;
        }
      });
    };
    return connector;
  };
  return Object.assign(made, { _createSecureConnector });
}

/** Undefined where only gRPC knows the way there. */
function addressOf(
  { remoteAddress, remotePort }: Socket,
  options: object,
): TcpNetConnectOpts | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  if ('grpc.http_connect_target' in options) return undefined;
  return { host: remoteAddress, port: remotePort };
}

async function connectTo(address: TcpNetConnectOpts): Promise<Socket> {
  const socket = connect(address);
  await once(socket, 'connect');
  return socket.setNoDelay();
}

import type { ProxyTunnels } from '@keyturn/https/tunnel';
import type { buildConnector } from 'undici';

/** As undici has it for connections of its own. Milliseconds. */
const defaultConnectTimeoutMs = 10_000;

/** Has what `connect` connects to be reached through a proxy. */
export function tunnelling(
  tunnels: ProxyTunnels,
  connect: buildConnector.connector,
  timeoutMs: number = defaultConnectTimeoutMs,
): buildConnector.connector {
  return (options, callback) => {
    const { hostname, port, protocol } = options;
    const isSecure = protocol === 'https:';
    const target = { host: hostname, port: Number(port || (isSecure ? 443 : 80)) };
    // undici knows no limit of 0 either.
    tunnels
      .open(target, { timeoutMs: timeoutMs || undefined })
      .then((socket) => {
        if (isSecure) connect({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      })
      .catch((error: Error) => callback(error, null));
  };
}

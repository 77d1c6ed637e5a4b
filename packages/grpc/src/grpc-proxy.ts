import { readProxyUrl } from '@keyturn/core/binding';
import { type TunnelTarget, targetOfUrl } from '@keyturn/https/tunnel';

/** The proxy in front of one server. */
export interface GrpcProxy {
  /** With its user name and password. */
  readonly url: string;
  /** What a channel connects to in place of its server, as gRPC writes it. */
  readonly channelTarget: string;
  /** Where the tunnel leads. */
  readonly target: TunnelTarget;
  /** Host and port of the server, as calls name it. */
  readonly authority: string;
}

/**
 * Returns the way through the proxy at `url`, which has been checked, to the server with this origin.
 * @throws {TypeError} for SOCKS: gRPC finds its own way to the proxy, and begins to speak HTTP/2 there.
 */
export function grpcProxy(url: string, origin: string): GrpcProxy {
  const proxy = readProxyUrl(url);
  if ('fault' in proxy) throw new TypeError(`Option "proxy" of bindGrpc ${proxy.fault}.`);
  if (proxy.protocol === 'socks5') {
    throw new TypeError(
      'Option "proxy" of bindGrpc must be an http or https URL: gRPC goes through no SOCKS proxy. Use an http proxy to the same network.',
    );
  }
  const server = new URL(origin);
  return {
    url,
    channelTarget: `dns:${proxy.name}`,
    target: targetOfUrl(server),
    authority: server.host,
  };
}

import type { RequestOptions } from 'node:http';

/** Where a tunnel leads. */
export interface TunnelTarget {
  /** A name, which the proxy looks up, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Host and port as they stand in a URL. */
export function nameOf({ host, port }: TunnelTarget): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where a connection of an agent leads. */
export function targetOf({ host, port }: RequestOptions): TunnelTarget {
  return { host: withoutBrackets(String(host)), port: Number(port) };
}

/** Where a URL leads, as that of an origin. */
export function targetOfUrl({ protocol, hostname, port }: URL): TunnelTarget {
  const defaultPort = protocol === 'http:' ? 80 : 443;
  return { host: withoutBrackets(hostname), port: Number(port || defaultPort) };
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/**
 * Whether a proxy can be told of this host, in a line of its own or in so many bytes: one that may end the line would have the proxy
 * read more than that. Nor is the zone of an address any of its business.
 */
export function isTellable(host: string): boolean {
  return /^[!-~]+$/.test(host) && !host.includes('%');
}

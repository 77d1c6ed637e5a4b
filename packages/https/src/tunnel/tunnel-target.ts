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
  return { host: String(host).replace(/^\[|\]$/g, ''), port: Number(port) };
}

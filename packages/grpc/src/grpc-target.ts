import { parseUrl } from '@keyturn/core/binding';

/** `host`, `host:port`, `[v6]` or `[v6]:port`, behind the schemes that name one server. */
const singleServer =
  /^(?:dns:(?:\/\/[^/]*\/)?|ipv[46]:)?((?:\[[\da-f:.]+\]|[^\s/,:@?#\\]+)(?::\d+)?)$/i;

/** A Unix socket; two slashes more begin an authority, which is empty. */
const socket = /^unix:(?:\/\/)?(\/[^/].*)$/;

/** A DNS server that is asked in place of this machine's own: it may say anything of `localhost`. */
const foreignResolver = /^dns:\/\/[^/]/i;

/** What gRPC connects to where a target names no port. */
const defaultPort = '443';

/** Returns the path of the socket that a target names; undefined where it names a host. */
export function targetSocket(target: string): string | undefined {
  return typeof target === 'string' ? socket.exec(target)?.[1] : undefined;
}

/**
 * Returns the origin behind a gRPC target: where the credential would go.
 * @throws {TypeError} when the target is not one server, for then nobody could say who gets the credential.
 */
export function targetOrigin(target: string, isPlaintext: boolean): string {
  const [, authority = ''] = (typeof target === 'string' && singleServer.exec(target)) || [];
  const hasPort = /:\d+$/.test(authority) && !authority.endsWith(']');
  const scheme = isPlaintext ? 'http' : 'https';
  const url = parseUrl(`${scheme}://${hasPort ? authority : `${authority}:${defaultPort}`}`);
  if (authority === '' || url === undefined || (isPlaintext && foreignResolver.test(target))) {
    throw new TypeError(
      'Option "target" of bindGrpc must name one server: "host:port", "dns:host:port", "ipv4:…", "ipv6:[…]:port" or "unix:/path", and in plaintext no DNS server.',
    );
  }
  return url.origin;
}

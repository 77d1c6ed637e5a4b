/** `host`, `host:port`, `[v6]` or `[v6]:port`, behind the schemes that name one server. */
const singleServer =
  /^(?:dns:(?:\/\/[^/]*\/)?|ipv[46]:)?((?:\[[\da-f:.]+\]|[^\s/,:@?#\\]+)(?::\d+)?)$/i;

/** What gRPC connects to where a target names no port. */
const defaultPort = '443';

/**
 * Returns the origin behind a gRPC target: where the credential would go.
 * @throws {TypeError} when the target is not one server, for then nobody could say who gets the credential.
 */
export function targetOrigin(target: string, isPlaintext: boolean): string {
  const [, authority = ''] = (typeof target === 'string' && singleServer.exec(target)) || [];
  const hasPort = /:\d+$/.test(authority) && !authority.endsWith(']');
  const scheme = isPlaintext ? 'http' : 'https';
  const url = `${scheme}://${hasPort ? authority : `${authority}:${defaultPort}`}`;
  if (authority === '' || !URL.canParse(url)) {
    throw new TypeError(
      'Option "target" of bindGrpc must name one server: "host:port", "dns:host:port", "ipv4:…" or "ipv6:[…]:port".',
    );
  }
  return new URL(url).origin;
}

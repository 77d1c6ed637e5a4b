import { BlockList, isIP } from 'node:net';
import { CredentialError, parseUrl, readProxyUrl } from '@keyturn/core/binding';

/** What says which proxy to use: `process.env`, or the `proxyEnv` of an agent. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** The `proxy` option of axios, where it is an object. */
interface ProxyOption {
  readonly protocol?: string;
  readonly host?: string;
  readonly hostname?: string;
  readonly port?: number | string;
  readonly auth?: { readonly username?: string; readonly password?: string };
}

/**
 * Returns the URL of the proxy to reach `target` through, by the rules of axios: its option first, then HTTPS_PROXY (HTTP_PROXY
 * for http) or ALL_PROXY, except for the hosts in NO_PROXY.
 * @param option `proxy` of the request; false means none
 * @throws {CredentialError} ERR_PROXY when it is no proxy that can be used.
 */
export function chooseProxy(
  target: URL,
  option: unknown,
  environment: ProxyEnvironment,
): string | undefined {
  if (option === false) return undefined;
  const text = isOption(option) ? fromOption(option) : fromEnvironment(target, environment);
  if (text === undefined) return undefined;
  const proxy = readProxyUrl(text);
  if (!('fault' in proxy)) return text;
  throw new CredentialError(
    'ERR_PROXY',
    `The proxy for "${target.host}" ${proxy.fault}. Or bypass it with NO_PROXY or "proxy: false".`,
  );
}

function isOption(option: unknown): option is ProxyOption {
  return typeof option === 'object' && option !== null;
}

function fromOption({ protocol = 'http', hostname, host, port, auth }: ProxyOption): string {
  const name = hostname ?? host ?? '';
  const bracketed = isIP(name) === 6 ? `[${name}]` : name;
  const url = `${protocol.replace(/:$/, '')}://${bracketed}${port ? `:${port}` : ''}`;
  const withAuth = parseUrl(url);
  if (auth === undefined || withAuth === undefined) return url;
  withAuth.username = encodeURIComponent(auth.username ?? '');
  withAuth.password = encodeURIComponent(auth.password ?? '');
  return withAuth.href;
}

function fromEnvironment(target: URL, environment: ProxyEnvironment): string | undefined {
  const scheme = target.protocol.slice(0, -1);
  const proxy = read(environment, `${scheme}_proxy`) ?? read(environment, 'all_proxy');
  if (proxy === undefined || isBypassed(target, read(environment, 'no_proxy') ?? ''))
    return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function read(environment: ProxyEnvironment, name: string): string | undefined {
  return environment[name] || environment[name.toUpperCase()] || undefined;
}

function isBypassed(target: URL, noProxy: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInSubnet(host, entry);
  // An IPv6 address without brackets has no port.
  const [, bracketed, name, entryPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const pattern = (bracketed ?? name ?? entry).replace(/^\*/, '');
  return pattern.startsWith('.') ? host.endsWith(pattern) : host === pattern;
}

function isInSubnet(host: string, entry: string): boolean {
  const [network = '', bits = ''] = entry.split('/');
  const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
  if (isIP(host) === 0 || isIP(network) === 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (isIP(network) === 6 ? 128 : 32)) return false;
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(bits), family(network));
  return subnet.check(host, family(host));
}

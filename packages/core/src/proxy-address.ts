import { parseUrl } from './parse-url.js';

/** The user name and password that a proxy wants. */
export interface ProxyLogin {
  readonly user: string;
  readonly password: string;
}

/** Where a proxy is, and how to speak to it. Printed, it shows no password. */
export class ProxyAddress {
  readonly protocol: 'http' | 'https' | 'socks5';
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly #login: ProxyLogin | undefined;

  constructor(place: Pick<ProxyAddress, 'protocol' | 'host' | 'port'>, login?: ProxyLogin) {
    this.protocol = place.protocol;
    this.host = place.host;
    this.port = place.port;
    this.#login = login;
  }

  /** Host and port, for messages. */
  get name(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** A secret. */
  login(): ProxyLogin | undefined {
    return this.#login;
  }
}

const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;

/** RFC 1929 tells the length in one byte. */
const maxSocksLoginBytes = 255;

/**
 * Reads the URL of a proxy, as the option `proxy` has it. A path says nothing, as to all clients.
 * @returns what is wrong with it where it cannot be used: a phrase that follows the name of the option or field, says what to do, and
 * quotes nothing, because the URL may hold a password.
 */
export function readProxyUrl(text: string): ProxyAddress | { readonly fault: string } {
  const [, scheme] = /^(https?|socks5h?):\/\/[^/\\]/i.exec(text) ?? [];
  const url = /[\s\0]/.test(text) ? undefined : parseUrl(text);
  // Of a scheme that URLs do not know, they leave the host as it was written.
  const host = parseUrl(`http://${url?.hostname}`)?.hostname;
  if (scheme === undefined || !url?.hostname || host === undefined) return { fault: notAProxy };
  const protocol = protocolOf(scheme);
  const login = loginIn(url);
  if (login !== undefined && 'fault' in login) return login;
  if (protocol === 'socks5' && login !== undefined && !fitsSocks(login)) {
    return { fault: 'has a user name or password that is longer than SOCKS5 can say. Shorten it' };
  }
  const port = url.port === '' ? defaultPorts[protocol] : Number(url.port);
  return new ProxyAddress({ protocol, host: host.replace(/^\[|\]$/g, ''), port }, login);
}

const notAProxy =
  'is no URL of a proxy. Write one that begins with "http://", "https://" or "socks5://" and has a host, such as "http://proxy.example:3128"';

/** With `socks5h:` the proxy looks up the names of hosts. With `socks5:` as well, as Go has it: there may be nobody else who can. */
function protocolOf(scheme: string): ProxyAddress['protocol'] {
  const protocol = scheme.toLowerCase();
  return protocol === 'http' || protocol === 'https' ? protocol : 'socks5';
}

function loginIn({ username, password }: URL): ProxyLogin | undefined | { readonly fault: string } {
  if (username === '' && password === '') return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return {
      fault: 'has a "%" in its user name or password that begins no escape. Write it as "%25"',
    };
  }
}

function fitsSocks(login: ProxyLogin): boolean {
  return Object.values(login).every((text) => Buffer.byteLength(text) <= maxSocksLoginBytes);
}

/** Returns the URL of a proxy for whoever prints it: without user name and password. */
export function redactProxyUrl(text: string): string {
  const address = readProxyUrl(text);
  if ('fault' in address) return '[redacted]';
  const { protocol, name } = address;
  return `${protocol}://${address.login() === undefined ? '' : '[redacted]@'}${name}`;
}

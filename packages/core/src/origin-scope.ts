import type { BindOptions } from './contract.js';
import { CredentialError } from './errors.js';
import { describe } from './options.js';
import { parseUrl } from './parse-url.js';

/** The origins a credential may go to. */
export interface OriginScope {
  /** Serialized origins, such as `https://api.example:6443`, and sockets, such as `unix:/run/api.sock`. */
  readonly origins: readonly string[];
  /** Tells whether a request to `url` may carry the credential. False for anything that is not an absolute URL. */
  includes(url: string | URL): boolean;
  /**
   * Tells whether a request over a Unix socket or a named pipe may. It leads past host and port of its URL, to whoever
   * listens there, so ask this and not `includes()`. True for a path that `origins` names, letter by letter.
   */
  includesSocket(path: unknown): boolean;
}

/**
 * Works out where a credential may go: `options.origins`, else the origin of the client's base URL.
 * Ask it again for each hop of a redirect; a chain that it has once said no to stays without a credential.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN when neither is known; ERR_ORIGIN_INSECURE for plain http to a host
 * that is not loopback, unless `allowInsecure`.
 * @throws {TypeError} when an origin is neither an absolute http or https URL nor the path of a socket.
 */
export function originScope(
  options: Pick<BindOptions, 'origins' | 'allowInsecure'>,
  baseUrl?: string | URL,
): OriginScope {
  const places = [...new Set(givenOrigins(options.origins, baseUrl))];
  // Apart from each other: a URL that begins like a socket's path leads somewhere else.
  const sockets = places.filter((place) => isSocket(place));
  const origins = places.filter((place) => !isSocket(place));
  for (const origin of origins) {
    if (!options.allowInsecure && !isSecure(new URL(origin))) {
      throw new CredentialError(
        'ERR_ORIGIN_INSECURE',
        `Origin "${origin}" is plain http, so the credential would travel in clear text. Use https, or set "allowInsecure".`,
      );
    }
  }
  const allowed = new Set(origins);
  return {
    origins: places,
    includes: (url) => {
      // Every request asks. To parse takes longer than everything else that is done for it here, and a URL puts its
      // `origin` together anew each time.
      const text = typeof url === 'string' ? url : url.href;
      if (isBelowAny(origins, text)) return true;
      const parsed = typeof url === 'string' ? parseUrl(url) : url;
      return parsed !== undefined && allowed.has(parsed.origin);
    },
    includesSocket: (path) => typeof path === 'string' && sockets.includes(socketScheme + path),
  };
}

/**
 * Returns the scope of a client all of whose connections go to the socket at `socketPath`, whatever the URL of a request:
 * everything where `scope` names that socket, else nothing. `scope` itself where there is no such path.
 */
export function scopeThrough(scope: OriginScope, socketPath: unknown): OriginScope {
  if (!socketPath) return scope;
  const isNamed = scope.includesSocket(socketPath);
  return { ...scope, includes: () => isNamed };
}

function isBelowAny(origins: readonly string[], url: string): boolean {
  for (let index = 0; index < origins.length; index += 1) {
    if (isBelow(origins[index] as string, url)) return true;
  }
  return false;
}

/**
 * What follows the origin has to end it: `https://api.example.org` begins like `https://api.example`.
 *
 * In this order, and not with `startsWith()`, because every request asks: that takes 60 ns, and this 10 to 30.
 */
function isBelow(origin: string, url: string): boolean {
  if (url.length === origin.length) return url === origin;
  const next = url.charCodeAt(origin.length);
  return (next === slash || next === questionMark || next === hash) && url.indexOf(origin) === 0;
}

const slash = 0x2f;
const questionMark = 0x3f;
const hash = 0x23;

function givenOrigins(
  origins: readonly string[] | undefined,
  baseUrl: string | URL | undefined,
): string[] {
  if (origins !== undefined) {
    if (!Array.isArray(origins)) {
      throw new TypeError(`Option "origins" must be an array of URLs, not ${describe(origins)}.`);
    }
    if (origins.length > 0) return origins.map(givenOrigin);
  }
  // A relative base URL names no origin, and neither does an empty one.
  if (baseUrl !== undefined && parseUrl(String(baseUrl)) !== undefined) {
    return [originOf('The base URL', baseUrl)];
  }
  throw new CredentialError(
    'ERR_ORIGIN_UNKNOWN',
    'No origin is known that the credential may go to. Give "origins", or bind a client that has a base URL.',
  );
}

function givenOrigin(value: unknown): string {
  const what = 'Option "origins"';
  return isSocket(value) ? socketOf(what, String(value)) : originOf(what, value);
}

const socketScheme = 'unix:';

function isSocket(place: unknown): boolean {
  return typeof place === 'string' && place.startsWith(socketScheme);
}

/** @returns `unix:` and the path, as gRPC writes a target too; a named pipe of Windows is a path such as `\\\\.\\pipe\\api`. */
function socketOf(what: string, place: string): string {
  const path = place.slice(socketScheme.length).replace(/^\/\/(?=\/)/, '');
  if (!/^(?:\/(?!\/)|\\\\[.?]\\pipe\\)./i.test(path)) {
    throw new TypeError(`${what} must name a socket by its absolute path, not ${describe(place)}.`);
  }
  return socketScheme + path;
}

function originOf(what: string, value: unknown): string {
  const url =
    typeof value === 'string' || value instanceof URL ? parseUrl(String(value)) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`${what} must name absolute http or https URLs, not ${describe(value)}.`);
  }
  if (url.hostname.includes('*')) {
    throw new TypeError(`${what} must name each origin: "*" stands for no other.`);
  }
  return url.origin;
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url.hostname);
}

/**
 * Tells whether `hostname`, as a URL spells it, never leaves this machine: `127.1`, `0x7f.1` and `2130706433` have become
 * `127.0.0.1` by then. `localhost.` is none: a resolver may ask the network for a name with a dot at its end.
 */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname) ||
    // 127.x.y.z written as IPv6.
    /^\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]$/.test(hostname)
  );
}

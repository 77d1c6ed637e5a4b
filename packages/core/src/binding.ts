/**
 * What an adapter author needs, and nothing that costs start-up time: no container, no plugin runner.
 */
import type { BindOptions, TlsOptions } from './contract.js';
import { CredentialError } from './errors.js';
import { booleanOption, describe, knownOptions, numberOption } from './options.js';
import { snapshot, snapshotBody } from './snapshot.js';

export { anySignal } from './any-signal.js';
export type {
  Binding,
  BindingSupport,
  BindOptions,
  ClientCertificate,
  Credential,
  CredentialManager,
  Refusal,
  RotatedEvent,
  TlsOptions,
  WaitOptions,
} from './contract.js';
export { CredentialError, type CredentialErrorCode, isCredentialError } from './errors.js';
export { GenerationSlot, type GenerationSlotOptions, type SlotLease } from './generation-slot.js';
export { inheritedNames, memberOf, shadowInherited } from './inherited-names.js';
export { booleanOption, knownOptions, numberOption } from './options.js';
export { oneLine, printable, quoted } from './printable.js';
export { type Seated, SeatList } from './seat-list.js';
export { isRereadableForm, snapshot, snapshotBody } from './snapshot.js';
export {
  type CredentialExchange,
  exchangeWithCredential,
  isCertificateRefusal,
  reportRefusal,
  type WithCredentialOptions,
  withCredential,
} from './with-credential.js';

/** The origins a credential may go to. */
export interface OriginScope {
  /** Serialized origins, such as `https://api.example:6443`. */
  readonly origins: readonly string[];
  /** Tells whether a request to `url` may carry the credential. False for anything that is not an absolute URL. */
  includes(url: string | URL): boolean;
}

/**
 * Works out where a credential may go: `options.origins`, else the origin of the client's base URL.
 * Ask it again for each hop of a redirect.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN when neither is known; ERR_ORIGIN_INSECURE for plain http to a host
 * that is not loopback, unless `allowInsecure`.
 * @throws {TypeError} when an origin is not an absolute http or https URL.
 */
export function originScope(
  options: Pick<BindOptions, 'origins' | 'allowInsecure'>,
  baseUrl?: string | URL,
): OriginScope {
  const origins = [...new Set(givenOrigins(options.origins, baseUrl))];
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
    origins,
    includes: (url) => {
      // Every request asks. To parse takes longer than everything else that is done for it here, and a URL puts its
      // `origin` together anew each time.
      const text = typeof url === 'string' ? url : url.href;
      if (isBelowAny(origins, text)) return true;
      const parsed = typeof url === 'string' ? parseUrl(url) : url;
      return parsed !== undefined && allowed.has(parsed.origin);
    },
  };
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
    if (origins.length > 0) return origins.map((origin) => originOf('Option "origins"', origin));
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

function originOf(what: string, value: unknown): string {
  const url =
    typeof value === 'string' || value instanceof URL ? parseUrl(String(value)) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`${what} must name absolute http or https URLs, not ${describe(value)}.`);
  }
  return url.origin;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url.hostname);
}

/** Tells whether `hostname`, as a URL spells it, never leaves this machine. */
function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}

/** The options of a binding with every default filled in. */
export interface CheckedBindOptions extends BindOptions {
  readonly replay: boolean;
  readonly allowInsecure: boolean;
}

const bindOptionNames: readonly (keyof BindOptions)[] = [
  'origins',
  'tls',
  'replay',
  'allowInsecure',
  'drainTimeoutMs',
];

/**
 * Checks what a `bind…` function was given, and returns a snapshot of it: read nothing of `options` again. Call it first,
 * so that a wrong option fails when the binding is made.
 * @param caller name of the function, for the message
 * @param more names of options that this binding has on top
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
 */
export function checkBindOptions<Options extends BindOptions>(
  caller: string,
  options: Options,
  more: readonly string[] = [],
): Options & CheckedBindOptions {
  knownOptions(caller, options, [...bindOptionNames, ...more]);
  const given = snapshot(options);
  if (given.drainTimeoutMs !== undefined) {
    numberOption('drainTimeoutMs', given.drainTimeoutMs, 0);
  }
  return Object.assign(given, {
    tls: given.tls === undefined ? undefined : checkTlsOptions(caller, given.tls),
    replay: booleanOption('replay', given.replay, true),
    allowInsecure: booleanOption('allowInsecure', given.allowInsecure, false),
  });
}

function checkTlsOptions(caller: string, tls: TlsOptions): TlsOptions {
  knownOptions(`Option "tls" of ${caller}`, tls, [
    'ca',
    'servername',
    'rejectUnauthorized',
    'minVersion',
    'maxVersion',
  ]);
  const given = snapshot(tls);
  return given.ca === undefined ? given : Object.assign(given, { ca: snapshotBody(given.ca) });
}

import { type Credential, otherHeadersOf } from '@keyturn/core/binding';

type HeaderRecord = Record<string, unknown> & { authorization?: unknown };

/**
 * Copies headers of any form that undici takes: a record stays one and has room for an Authorization, everything else
 * becomes a flat list. What undici would refuse is returned as it is.
 */
export function copyHeaders(headers: unknown): unknown {
  if (headers === undefined || headers === null) return { authorization: undefined };
  if (typeof headers !== 'object') return headers;
  if (Array.isArray(headers)) return headers.map(copyValue);
  return isPairs(headers) ? [...headers].flat(1).map(copyValue) : copyRecord(headers);
}

function copyRecord(headers: object): HeaderRecord {
  const copy: HeaderRecord = { authorization: undefined, ...headers };
  for (const name in copy) {
    if (Array.isArray(copy[name]) && Object.hasOwn(copy, name)) copy[name] = [...copy[name]];
  }
  return copy;
}

function copyValue(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

/** Tells whether `headers`, which come from `copyHeaders`, hold an Authorization that would be sent. */
export function hasAuthorization(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  if (Array.isArray(headers)) return isInFlatList(headers);
  for (const name in headers) {
    if (isAuthorization(name) && isSent(headers, name)) return true;
  }
  return false;
}

/** The same for any header. @param key its name in lower case */
export function hasHeader(headers: unknown, key: string): boolean {
  if (typeof headers !== 'object' || headers === null) return false;
  const isNamed = (name: unknown): boolean =>
    typeof name === 'string' && name.length === key.length && name.toLowerCase() === key;
  if (Array.isArray(headers)) {
    return headers.some(
      (name, index) => index % 2 === 0 && isNamed(name) && headers[index + 1] !== undefined,
    );
  }
  return Object.keys(headers).some((name) => isNamed(name) && isSent(headers, name));
}

/**
 * Returns `headers`, which come from `copyHeaders` and have no Authorization but an earlier one of ours, with this one
 * in them, or with none.
 */
export function withAuthorization(headers: unknown, authorization: string | undefined): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  if (Array.isArray(headers)) return inFlatList(headers, authorization);
  // The room is there already, and nobody else has seen it.
  (headers as HeaderRecord).authorization = authorization;
  return authorization === undefined ? withoutRoom(headers) : headers;
}

/**
 * Returns a copy of `headers`, which come from `copyHeaders`, with what a credential has beside an Authorization, but for
 * what the caller has set.
 */
export function withOthers(headers: unknown, credential: Credential): unknown {
  if (typeof headers !== 'object' || headers === null) return headers;
  const missing = otherHeadersOf(credential).filter(({ key }) => !hasHeader(headers, key));
  if (Array.isArray(headers)) {
    return [...headers, ...missing.flatMap(({ name, value }) => [name, value])];
  }
  // What the caller has set to nothing under another spelling is not sent, and takes no room.
  const added = Object.fromEntries(missing.map(({ name, value }) => [name, value]));
  return { ...headers, ...added };
}

/** An interceptor might take a header that is undefined for one that is there. */
export function withoutRoom(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return headers;
  const { authorization, ...others } = headers as HeaderRecord;
  return authorization === undefined ? others : headers;
}

function inFlatList(headers: unknown[], authorization: string | undefined): unknown[] {
  const others = headers.at(-2) === ours ? headers.slice(0, -2) : headers;
  return authorization === undefined ? others : [...others, ours, authorization];
}

const ours = 'authorization';

/** undici sends own properties, and leaves out those that are undefined. */
function isSent(headers: object, name: string): boolean {
  return Object.hasOwn(headers, name) && headers[name as keyof typeof headers] !== undefined;
}

/** An array is a flat list of name, value, name, value … */
function isInFlatList(headers: readonly unknown[]): boolean {
  return headers.some(
    (name, index) => index % 2 === 0 && isAuthorization(name) && headers[index + 1] !== undefined,
  );
}

function isPairs(headers: object): headers is Iterable<readonly [unknown, unknown]> {
  return typeof (headers as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

/** The length comes first because most names differ in it, and every request asks. */
export function isAuthorization(name: unknown): boolean {
  return typeof name === 'string' && name.length === 13 && name.toLowerCase() === 'authorization';
}

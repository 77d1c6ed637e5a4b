import * as undici from 'undici';
import type { DispatchOptions, HeaderRecord, ModernHandler } from './handler-shape.js';

/**
 * Stands on a request between the binding and the connection, for caches among the interceptors: whose request it is.
 * The Authorization would do, but a store would keep it.
 */
const identityHeader = 'keyturn-identity';

/** Returns `options` with the name of who asks. An interceptor takes no flat list of headers, so it becomes a record. */
export function withIdentity(options: DispatchOptions, identity: string): DispatchOptions {
  return { ...options, headers: { ...recordOf(options.headers), [identityHeader]: identity } };
}

/** Returns `options` as they go over the wire, and whether they had the name of who asks. */
export function withoutIdentity(options: DispatchOptions): {
  readonly sent: DispatchOptions;
  readonly isIdentified: boolean;
} {
  const { [identityHeader]: identity, ...headers } = recordOf(options.headers);
  return { sent: { ...options, headers }, isIdentified: identity !== undefined };
}

function recordOf(headers: unknown): Record<string, unknown> {
  if (typeof headers !== 'object' || headers === null) return {};
  if (!Array.isArray(headers)) return headers as Record<string, unknown>;
  const record: Record<string, unknown> = {};
  const list = headers.some(Array.isArray) ? headers.flat(1) : headers;
  for (let index = 0; index + 1 < list.length; index += 2) {
    const [name, value] = [String(list[index]), list[index + 1]];
    record[name] = Object.hasOwn(record, name) ? [record[name], value].flat() : value;
  }
  return record;
}

/** Has a cache keep an answer for who asked, unless the server says that it is for everybody. */
export class IdentifiedAnswer extends undici.DecoratorHandler {
  readonly #handler: ModernHandler;

  constructor(handler: ModernHandler) {
    super(handler as never);
    this.#handler = handler;
  }

  onResponseStart(
    controller: never,
    statusCode: number,
    headers: HeaderRecord,
    statusText?: string,
  ): void {
    const answered = isPublic(headers) ? headers : { ...headers, vary: varying(headers['vary']) };
    this.#handler.onResponseStart?.(controller, statusCode, answered, statusText);
  }
}

function varying(vary: HeaderRecord[string]): string {
  return [vary ?? [], identityHeader].flat().join(', ');
}

/**
 * Returns the headers of an answer to a credential, for handlers outside of the binding. A cache among them has seen a
 * request without an Authorization, so it would give the answer to anybody: `Vary: *` says that it cannot know for whom
 * the answer is. Not so where RFC 9111, 3.5 lets a shared cache have it.
 */
export function forOutside(headers: HeaderRecord): HeaderRecord {
  return mayBeShared(headers) ? headers : { ...headers, vary: '*' };
}

function isPublic(headers: HeaderRecord): boolean {
  return /(?:^|,)\s*public\s*(?:,|$)/i.test(cacheControl(headers));
}

/** Or kept by nobody. */
function mayBeShared(headers: HeaderRecord): boolean {
  return /(?:^|,)\s*(?:(?:public|must-revalidate|no-store)\s*(?:,|$)|s-maxage\s*=)/i.test(
    cacheControl(headers),
  );
}

/** What stands in quotes is no directive. */
function cacheControl(headers: HeaderRecord): string {
  return [headers['cache-control'] ?? []]
    .flat()
    .join(',')
    .replaceAll(/"[^"]*"/g, '""');
}

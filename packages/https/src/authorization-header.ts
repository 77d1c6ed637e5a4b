import type { ClientRequest } from 'node:http';

/** What a request keeps of its head; undocumented, alike in Node 20, 24 and 26. */
interface RenderedRequest {
  /** The whole head of the message, null until it is rendered. */
  _header: string | null;
  /** The head has been put in front of `outputData`, or was sent. */
  readonly _headerSent: boolean;
  /** What waits for a socket. */
  readonly outputData: { data: string | Uint8Array }[];
  outputSize: number;
}

/** Tells whether the request carries an Authorization already, in any letter case or by the `auth` option. */
export function hasAuthorization(request: ClientRequest): boolean {
  if (request.hasHeader('authorization')) return true;
  // Headers given as an array are rendered at once and never listed.
  const head = rendered(request)._header;
  return head !== null && /\r\nauthorization:/i.test(head);
}

/** Adds an Authorization header to a request that has none and no socket yet. */
export function setAuthorization(request: ClientRequest, value: string): void {
  const message = rendered(request);
  if (message._header === null) request.setHeader('Authorization', value);
  else addToRenderedHead(message, `Authorization: ${value}\r\n`);
}

/**
 * Takes the Authorization out of what a request remembers of its head, once that has been sent.
 *
 * Returns false where the request may still hold it: the head waits to be sent, or this Node keeps headers elsewhere.
 */
export function redactAuthorization(request: ClientRequest): boolean {
  const message = rendered(request);
  if (message._header === null || !message._headerSent || message.outputData.length > 0) {
    return false;
  }
  message._header = withoutAuthorization(message._header);
  const headers = keptHeaders(request);
  const kept = headers?.['authorization'];
  if (kept !== undefined) kept[1] = '[redacted]';
  return headers !== undefined;
}

function withoutAuthorization(head: string): string {
  const line = head.indexOf('\r\nAuthorization: ');
  if (line === -1) return head.replace(/^(authorization:).*$/gim, '$1 [redacted]');
  // As we spell it ourselves: a tenth of the time.
  const value = line + '\r\nAuthorization: '.length;
  return `${head.slice(0, value)}[redacted]${head.slice(head.indexOf('\r\n', value))}`;
}

/**
 * Writes one more line into a head that is already rendered: that of a request which was ended before a credential
 * was there, or whose headers are an array.
 */
function addToRenderedHead(message: RenderedRequest, line: string): void {
  const head = message._header ?? '';
  const end = head.length - '\r\n'.length;
  const extended = `${head.slice(0, end)}${line}${head.slice(end)}`;
  message._header = extended;
  if (!message._headerSent) return;
  const first = message.outputData[0];
  if (typeof first?.data !== 'string' || !first.data.startsWith(head)) {
    throw new Error('The request header has left already and cannot take a credential any more.');
  }
  first.data = extended + first.data.slice(head.length);
  message.outputSize += line.length;
}

function rendered(request: ClientRequest): RenderedRequest {
  return request as unknown as RenderedRequest;
}

type KeptHeaders = Record<string, [name: string, value: unknown] | undefined> | null | undefined;

let keptHeadersKey: symbol | undefined;

/** The headers by lower-case name, which Node keeps under a symbol of its own. */
function keptHeaders(request: ClientRequest): KeptHeaders {
  keptHeadersKey ??= Object.getOwnPropertySymbols(request).find(
    ({ description }) => description === 'kOutHeaders',
  );
  if (keptHeadersKey === undefined) return undefined;
  return (request as unknown as Record<symbol, KeptHeaders>)[keptHeadersKey];
}

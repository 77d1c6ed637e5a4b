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

/** Returns the whole head of `request` as it will be sent; null until it is rendered. */
export function renderedHead(request: ClientRequest): string | null {
  return rendered(request)._header;
}

/**
 * Changes a head that is already rendered: that of a request which was ended before a credential was there, or whose
 * headers are an array.
 * @param change gets the head with the two line breaks at its end
 */
export function rewriteHead(request: ClientRequest, change: (head: string) => string): void {
  const message = rendered(request);
  const head = message._header ?? '';
  const changed = change(head);
  message._header = changed;
  if (!message._headerSent) return;
  const first = message.outputData[0];
  if (typeof first?.data !== 'string' || !first.data.startsWith(head)) {
    throw new Error('The request header has left already and cannot take a credential any more.');
  }
  first.data = changed + first.data.slice(head.length);
  message.outputSize += changed.length - head.length;
}

/** Changes what is remembered of a head; what has been written stays written, and what has not is no head any more. */
export function replaceHead(request: ClientRequest, change: (head: string) => string): void {
  const message = rendered(request);
  message._header = change(message._header ?? '');
  for (const waiting of message.outputData) {
    if (typeof waiting.data === 'string') waiting.data = change(waiting.data);
  }
}

function rendered(request: ClientRequest): RenderedRequest {
  return request as unknown as RenderedRequest;
}

/** A header as it was set: its name as spelled, and its value. */
export type KeptHeader = [name: string, value: unknown];

type KeptHeaders = Record<string, KeptHeader | undefined> | null | undefined;

let keptHeadersKey: symbol | undefined;

/**
 * Returns the header that is kept for `request` under a name in lower case; what is changed in it, is changed there.
 * Undefined also where the headers were given as a list, which is rendered at once.
 */
export function keptHeader(request: ClientRequest, name: string): KeptHeader | undefined {
  keptHeadersKey ??= Object.getOwnPropertySymbols(request).find(
    ({ description }) => description === 'kOutHeaders',
  );
  if (keptHeadersKey === undefined) return undefined;
  return (request as unknown as Record<symbol, KeptHeaders>)[keptHeadersKey]?.[name];
}

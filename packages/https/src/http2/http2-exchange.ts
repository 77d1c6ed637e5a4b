import type { ClientRequest } from 'node:http';
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { onAbort, type Refusal } from '@keyturn/core/binding';
import { type EncodedBody, noBody } from '../client/request-body.js';
import { endedWithoutAnswer } from './http2-failure.js';

/** An answer whose body is still to be read. Read it to its end or destroy its stream: an old session waits for that. */
export interface Http2Response {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** The body. Its `trailers` event brings what comes behind it. */
  readonly stream: ClientHttp2Stream;
}

/**
 * Sends one request and resolves when its answer begins.
 * @param stream newly opened; without a body it is ended already
 * @param signal ends the request, and the answer while it is being read; both fail with `signal.reason`
 */
export function exchangeHttp2(
  stream: ClientHttp2Stream,
  body: EncodedBody,
  signal: AbortSignal | undefined,
): Promise<Http2Response> {
  return new Promise((resolve, reject) => {
    const stopListening = signal && onAbort(signal, () => cancel(stream, signal.reason));
    stream.once('response', (headers) => {
      resolve({ statusCode: Number(headers[':status']), headers, stream });
    });
    // For good: a connection that breaks while the answer is being read fails the answer, and its reader.
    stream.on('error', reject);
    stream.once('close', () => {
      stopListening?.();
      reject(endedWithoutAnswer(stream));
    });
    // The methods it uses are those of any stream that can be written to and destroyed.
    if (body !== noBody) body.writeTo(stream as unknown as ClientRequest);
  });
}

/** Ends a stream, and tells the server that nobody wants the rest. */
export function cancel(stream: ClientHttp2Stream, reason?: Error): void {
  stream.close(constants.NGHTTP2_CANCEL);
  if (reason !== undefined) stream.destroy(reason);
}

/** Translates an answer for the sources that want to see what the server said. */
export function http2RefusalOf({ statusCode, headers }: Http2Response): Refusal {
  const entries = Object.entries(headers)
    .filter(([name, value]) => !name.startsWith(':') && value !== undefined)
    .map(([name, value]) => [name, [value].flat()]);
  return { status: statusCode, headers: Object.fromEntries(entries) };
}

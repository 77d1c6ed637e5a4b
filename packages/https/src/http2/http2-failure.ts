import type { ClientHttp2Stream } from 'node:http2';
import type { CountedSession } from './counted-session.js';

/** What a failure is judged by: a stream of node:http2, or what stands for it. */
export interface FailedStream {
  readonly id?: number | undefined;
  readonly rstCode?: number | undefined;
  readonly session?: { readonly destroyed?: boolean } | undefined;
}

const sessions: WeakMap<FailedStream, Pick<CountedSession, 'leftOut'>> = new WeakMap();

/** Remembers which session a stream belongs to: a stream forgets it when it ends. */
export function rememberSession(
  stream: ClientHttp2Stream,
  session: Pick<CountedSession, 'leftOut'>,
): void {
  sessions.set(stream, session);
}

/** Remembers the session of `stream` for what stands for it. */
export function shareSession(standIn: FailedStream, stream: ClientHttp2Stream): void {
  const session = sessions.get(stream);
  if (session !== undefined) sessions.set(standIn, session);
}

/**
 * What has become of a request that failed: `unprocessed`, the server has certainly not acted on it, so that it can be sent
 * again whatever it asks for; `lost`, a connection that had served others broke before the answer, and nobody knows.
 */
export type RequestFate = 'unprocessed' | 'lost' | undefined;

/** @param stream the one that failed, or undefined where none could be opened */
export function fateOf(stream: FailedStream | undefined, error: unknown): RequestFate {
  const { code, message } = (error ?? {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  // The session has closed in the very moment that it was given this request.
  if (code === 'ERR_HTTP2_GOAWAY_SESSION' || code === 'ERR_HTTP2_INVALID_SESSION') {
    return 'unprocessed';
  }
  if (!isOfConnection(code)) return undefined;
  if (String(message).endsWith('NGHTTP2_REFUSED_STREAM')) return 'unprocessed';
  if (stream === undefined) return undefined;
  const { id } = stream;
  if (id === undefined || sessions.get(stream)?.leftOut(id)) return 'unprocessed';
  // The first stream of a client has the number 1.
  return code !== 'ERR_HTTP2_STREAM_ERROR' && id > 1 ? 'lost' : undefined;
}

/** Whether a failure comes from the connection or the protocol, and not from who called. */
function isOfConnection(code: unknown): boolean {
  return typeof code === 'string' && /^(?:ERR_HTTP2_|ECONNRESET$|EPIPE$)/.test(code);
}

/** What a request fails with whose connection has gone. */
export function lostConnection(): Error {
  const error = new Error('The server has closed the connection before it answered.');
  return Object.assign(error, { code: 'ECONNRESET' });
}

/** What a request fails with whose stream has ended without an answer, and without an error of node:http2. */
export function endedWithoutAnswer(stream: FailedStream): Error {
  const { session, rstCode } = stream;
  if (session === undefined || session.destroyed) return lostConnection();
  const error = new Error(
    `The server has ended the stream without an answer (HTTP/2 error code ${rstCode}).`,
  );
  return Object.assign(error, { code: 'ERR_HTTP2_STREAM_ERROR' });
}

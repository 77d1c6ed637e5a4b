import { isRepeatable } from '@keyturn/core/binding';
import { fateOf, goesAgain } from '@keyturn/https';
import type { RequestConfig } from './axios-shape.js';
import type { Http2Transport } from './http2-transport.js';
import { sentFor } from './over-http.js';

interface FailedRequest {
  readonly error: unknown;
  /** How often it has been sent again already. */
  readonly resends: number;
  readonly judged: RequestConfig;
  /** What has sent it over HTTP/2. */
  readonly http2: Http2Transport | undefined;
}

/** Tells whether a request without an answer may be sent again, as far as the server is concerned. */
export function mayResend({ error, resends, judged, http2 }: FailedRequest): boolean {
  const { response, cause, request } = (error ?? {}) as AxiosFailure;
  if (response !== undefined) return false;
  const fate = fateOf(http2?.stream, cause ?? error);
  if (fate === 'unprocessed') return true;
  const method = String(judged.method ?? 'get').toUpperCase();
  const { headers } = judged;
  if (fate === 'lost') return resends === 0 && isRepeatable(method, lowerCase(headers));
  return goesAgain({ sent: sentBy(sentFor(request)), error, method, headers });
}

interface AxiosFailure {
  readonly response?: unknown;
  readonly cause?: unknown;
  readonly request?: unknown;
}

/** That of node:http, where follow-redirects is around it. */
function sentBy(request: unknown): unknown {
  const { _currentRequest } = (request ?? {}) as { readonly _currentRequest?: unknown };
  return _currentRequest ?? request;
}

function lowerCase(headers: object): Record<string, unknown> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries);
}

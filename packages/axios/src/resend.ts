import { isRepeatable } from '@keyturn/core/binding';
import { fateOf } from '@keyturn/https';
import type { RequestConfig } from './axios-shape.js';
import type { Http2Transport } from './http2-transport.js';

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
  const fate =
    fateOf(http2?.stream, cause ?? error) ?? fateOverHttp1(error as AxiosFailure, request);
  if (fate !== 'lost') return fate === 'unprocessed';
  return resends === 0 && isRepeatable(methodOf(judged), lowerCase(judged.headers));
}

interface AxiosFailure {
  readonly code?: unknown;
  readonly response?: unknown;
  readonly cause?: unknown;
  readonly request?: unknown;
}

/** A connection that was kept from an earlier request was closed under this one. */
function fateOverHttp1({ code }: AxiosFailure, request: unknown): 'lost' | undefined {
  if (code !== 'ECONNRESET' && code !== 'EPIPE') return undefined;
  const { reusedSocket, _currentRequest: current } = (request ?? {}) as SentRequest;
  return (current?.reusedSocket ?? reusedSocket) === true ? 'lost' : undefined;
}

/** Of node:http, or of follow-redirects around it. */
interface SentRequest {
  readonly reusedSocket?: boolean;
  readonly _currentRequest?: { readonly reusedSocket?: boolean };
}

function methodOf({ method }: RequestConfig): string {
  return String(method ?? 'get').toUpperCase();
}

function lowerCase(headers: object): Record<string, unknown> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(entries);
}

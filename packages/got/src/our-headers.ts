import type { OutgoingHttpHeaders } from 'node:http2';
import { authorizationOf, type Credential, isSetIn, otherHeadersOf } from '@keyturn/core/binding';
import { SecretHeader } from '@keyturn/https';
import type { GotOptions } from './got-shape.js';
import { noHeaders, type RequestState } from './request-state.js';

export function authorizationIn({ headers }: GotOptions): unknown {
  return Object.hasOwn(headers, 'authorization') ? headers['authorization'] : undefined;
}

/** Adds what the credential has and the caller has not set, and nothing but that is ours from then on. */
export function addHeadersOf(
  options: GotOptions,
  state: RequestState,
  credential: Credential,
): void {
  const { headers } = options;
  const isOwn = authorizationIn(options) !== undefined;
  const authorization = isOwn ? undefined : authorizationOf(credential);
  const ours = new Map<string, SecretHeader>();
  if (authorization !== undefined) ours.set('authorization', new SecretHeader(authorization));
  if (credential.headers !== undefined) {
    const isSet = isSetIn(headers);
    for (const { key, value } of otherHeadersOf(credential)) {
      if (!isSet(key)) ours.set(key, new SecretHeader(value, key));
    }
  }
  for (const [key, header] of ours) headers[key] = header;
  state.ours = ours;
}

/** Whether the latest attempt carries a header of ours. */
export function carriesOurs({ ours }: RequestState): boolean {
  return ours.size > 0;
}

/** Takes off what is still as we have put it there. */
export function forgetHeaders({ headers }: GotOptions, state: RequestState): void {
  for (const [key, header] of state.ours) {
    if (Object.hasOwn(headers, key) && headers[key] === header) delete headers[key];
  }
  state.ours = noHeaders;
  state.credential = undefined;
}

/** Whether `headers` are those of an attempt that carries ours. */
export function hasOurs(
  headers: Readonly<Record<string, unknown>>,
  { ours }: RequestState,
): boolean {
  return ours.size > 0 && [...ours].every(([key, header]) => headers[key] === header);
}

export function withoutOurs(
  headers: OutgoingHttpHeaders,
  { ours }: RequestState,
): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ours.has(name)));
}

export function withOurs(
  headers: OutgoingHttpHeaders,
  { ours }: RequestState,
): OutgoingHttpHeaders {
  return { ...headers, ...Object.fromEntries(ours) } as OutgoingHttpHeaders;
}

import { ClientRequest } from 'node:http';
import { hideRequest } from '@keyturn/https/bind';

/** A request of follow-redirects: it keeps its options for the next hop. */
interface RedirectableRequest {
  readonly _options?: { readonly headers?: Record<string, unknown> };
}

/**
 * Takes our header out of everything that prints `carrier`, an answer or an error of axios, or its `request`: the
 * documentation of axios recommends to log that one. Call it when the request has been answered or has failed.
 */
export function concealSentRequest(carrier: { readonly request?: unknown }): void {
  const { request } = carrier;
  hideRequest(carrier);
  if (typeof request !== 'object' || request === null || request instanceof ClientRequest) return;
  if (isFetchRequest(request)) request.headers.delete('authorization');
  hideRequest(request, '_currentRequest');
  deleteAuthorization((request as RedirectableRequest)._options?.headers ?? {});
}

/** Not instanceof: naming the global class would load all of fetch for programs that never use it. */
function isFetchRequest(request: object): request is { readonly headers: Headers } {
  return Object.prototype.toString.call(request) === '[object Request]';
}

/** Removes the header in whatever letter case. */
export function deleteAuthorization(headers: Record<string, unknown>): void {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === 'authorization') delete headers[name];
  }
}

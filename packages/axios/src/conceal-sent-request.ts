import { ClientRequest } from 'node:http';
import { concealRequest, hideRequest, redactAuthorization } from '@keyturn/https/bind';

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
  if (request instanceof ClientRequest) {
    concealRequest(request);
    const { _redirectable } = request as { readonly _redirectable?: RedirectableRequest };
    forgetOptions(_redirectable);
    // To hide a property takes longer than the rest of a binding, so it stays in sight where nothing is left to see.
    if (!redactAuthorization(request)) hideRequest(carrier);
    return;
  }
  hideRequest(carrier);
  if (typeof request !== 'object' || request === null) return;
  if (isFetchRequest(request)) request.headers.delete('authorization');
  hideRequest(request, '_currentRequest');
  forgetOptions(request);
}

function forgetOptions(request: RedirectableRequest | undefined): void {
  const headers = request?._options?.headers;
  if (headers !== undefined) deleteAuthorization(headers);
}

/** Not instanceof: naming the global class would load all of fetch for programs that never use it. */
function isFetchRequest(request: object): request is { readonly headers: Headers } {
  return Object.prototype.toString.call(request) === '[object Request]';
}

/** Removes the header in whatever letter case. */
export function deleteAuthorization(headers: Record<string, unknown>): void {
  for (const name in headers) {
    if (name.length === 13 && name.toLowerCase() === 'authorization') delete headers[name];
  }
}

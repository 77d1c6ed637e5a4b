import { hideRequest } from '@keyturn/https';

/** A request of follow-redirects: it keeps its options for the next hop, and refers to the request of this one. */
interface RedirectableRequest {
  readonly _options?: { readonly headers?: Record<string, unknown> };
  readonly _currentRequest?: object;
}

/**
 * Takes our header out of everything that prints `carrier`, an answer or an error of axios, or its `request`: the
 * documentation of axios recommends to log that one. Call it when the request has been answered or has failed.
 */
export function concealSentRequest(carrier: { readonly request?: unknown }): void {
  const { request } = carrier;
  hideRequest(carrier);
  if (request instanceof Request) request.headers.delete('authorization');
  if (typeof request !== 'object' || request === null) return;
  const { _options: options } = request as RedirectableRequest;
  hideRequest(request, '_currentRequest');
  deleteAuthorization(options?.headers ?? {});
}

/** Removes the header in whatever letter case. */
export function deleteAuthorization(headers: Record<string, unknown>): void {
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === 'authorization') delete headers[name];
  }
}

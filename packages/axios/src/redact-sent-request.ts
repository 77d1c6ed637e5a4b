import { ClientRequest } from 'node:http';
import { redactAuthorization } from '@keyturn/https';

/** A request of follow-redirects: it keeps its options for the next hop. */
interface RedirectableRequest {
  readonly _options?: { readonly headers?: Record<string, unknown> };
  readonly _currentRequest?: unknown;
}

/**
 * Takes our header out of `request`, that of an answer or an error, whatever sort it is: axios' documentation
 * recommends to log it. One that has gone through an agent of ours has nothing in it any more.
 */
export function redactSentRequest(request: unknown): void {
  if (typeof request !== 'object' || request === null) return;
  if (request instanceof ClientRequest) {
    redactAuthorization(request);
    const { _redirectable } = request as { readonly _redirectable?: RedirectableRequest };
    redactIn(_redirectable?._options?.headers);
  } else if (isFetchRequest(request)) {
    if (request.headers.has('authorization')) request.headers.set('authorization', '[redacted]');
  } else {
    const { _options, _currentRequest } = request as RedirectableRequest;
    redactIn(_options?.headers);
    redactIn((request as { readonly sentHeaders?: Record<string, unknown> }).sentHeaders);
    if (_currentRequest instanceof ClientRequest) redactAuthorization(_currentRequest);
  }
}

/** Not instanceof: naming the global class would load all of fetch for programs that never use it. */
function isFetchRequest(request: object): request is { readonly headers: Headers } {
  return Object.prototype.toString.call(request) === '[object Request]';
}

function redactIn(headers: Record<string, unknown> | undefined): void {
  for (const name in headers) if (isAuthorization(name)) headers[name] = '[redacted]';
}

/** Removes the header in whatever letter case. */
export function deleteAuthorization(headers: Record<string, unknown>): void {
  for (const name in headers) if (isAuthorization(name)) delete headers[name];
}

function isAuthorization(name: string): boolean {
  return name.length === 13 && name.toLowerCase() === 'authorization';
}

import { ClientRequest } from 'node:http';
import { redactHeaders, secretNames } from '@keyturn/https';

/** A request of follow-redirects: it keeps its options for the next hop. */
interface RedirectableRequest {
  readonly _options?: { readonly headers?: Record<string, unknown> };
  readonly _currentRequest?: unknown;
}

/**
 * Takes our headers out of `request`, that of an answer or an error, whatever sort it is: axios' documentation
 * recommends to log it. One that has gone through an agent of ours has nothing in it any more.
 */
export function redactSentRequest(request: unknown): void {
  if (typeof request !== 'object' || request === null) return;
  if (request instanceof ClientRequest) {
    redactHeaders(request);
    const { _redirectable } = request as { readonly _redirectable?: RedirectableRequest };
    redactIn(_redirectable?._options?.headers);
  } else if (isFetchRequest(request)) {
    for (const name of ['authorization', ...secretNames()]) {
      if (request.headers.has(name)) request.headers.set(name, '[redacted]');
    }
  } else {
    const { _options, _currentRequest } = request as RedirectableRequest;
    redactIn(_options?.headers);
    redactIn((request as { readonly sentHeaders?: Record<string, unknown> }).sentHeaders);
    if (_currentRequest instanceof ClientRequest) redactHeaders(_currentRequest);
  }
}

/** Not instanceof: naming the global class would load all of fetch for programs that never use it. */
function isFetchRequest(request: object): request is { readonly headers: Headers } {
  return Object.prototype.toString.call(request) === '[object Request]';
}

function redactIn(headers: Record<string, unknown> | undefined): void {
  for (const name in headers) if (isSecretName(name)) headers[name] = '[redacted]';
}

/** Removes a header in whatever letter case. @param key its name in lower case */
export function deleteHeader(headers: Record<string, unknown>, key: string): void {
  for (const name in headers) {
    if (name.length === key.length && name.toLowerCase() === key) delete headers[name];
  }
}

/** Whether a header of this name is, or has been, a secret of a credential. */
export function isSecretName(name: string): boolean {
  if (name.length === 13 && name.toLowerCase() === 'authorization') return true;
  const others = secretNames();
  return others.length > 0 && others.includes(name.toLowerCase());
}

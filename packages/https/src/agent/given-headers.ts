import type { ClientRequest } from 'node:http';
import { renderedHead } from './request-head.js';

/** Tells whether the request carries an Authorization already, in any letter case or by the `auth` option. */
export function hasAuthorization(request: ClientRequest): boolean {
  if (request.hasHeader('authorization')) return true;
  // Headers given as an array are rendered at once and never listed.
  const head = renderedHead(request);
  return head !== null && /\r\nauthorization:/i.test(head);
}

/** The same for any header. @param key its name in lower case */
export function hasHeader(request: ClientRequest, key: string): boolean {
  return (
    request.hasHeader(key) || renderedHead(request)?.toLowerCase().includes(`\r\n${key}:`) === true
  );
}

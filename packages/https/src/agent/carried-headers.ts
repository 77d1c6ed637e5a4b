import type { ClientRequest } from 'node:http';
import {
  authorizationOf,
  type Credential,
  carriesHeadersOf,
  otherHeadersOf,
} from '@keyturn/core/binding';
import { hasHeader } from './given-headers.js';
import { addSealedHeader } from './sealed-headers.js';

/**
 * Has `request` carry the headers of `credential` that the caller has not set itself. It must not have a socket yet.
 * @param isOwn whether the caller has set an Authorization
 */
export function addHeadersOf(request: ClientRequest, credential: Credential, isOwn: boolean): void {
  const authorization = isOwn ? undefined : authorizationOf(credential);
  if (authorization !== undefined) addSealedHeader(request, 'Authorization', authorization);
  // As nearly always.
  if (credential.headers === undefined) return;
  for (const { name, key, value } of otherHeadersOf(credential)) {
    if (!hasHeader(request, key)) addSealedHeader(request, name, value);
  }
}

/**
 * Tells whether a request goes out as the caller: with an Authorization of its own, or with all headers that the credential
 * has. A refusal says nothing about the credential then.
 * @param isOwn whether the caller has set an Authorization
 */
export function goesAsCaller(
  request: ClientRequest,
  credential: Credential,
  isOwn: boolean,
): boolean {
  if (isOwn || credential.headers === undefined) return isOwn;
  return !carriesHeadersOf(credential, (key) => hasHeader(request, key));
}

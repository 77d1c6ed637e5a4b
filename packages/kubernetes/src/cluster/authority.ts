import { fileTrust, type TrustSource } from '@keyturn/core';
import { authorityFault as faultOf } from '@keyturn/core/binding';
import { unfilledSecret } from '../document/placeholder.js';

/**
 * Says what keeps OpenSSL from reading every certificate of `pem`, in a phrase that follows the name of a field; undefined
 * where nothing does.
 */
export function authorityFault(pem: string): string | undefined {
  return unfilledSecret(pem.trim()) ?? faultOf(pem);
}

/** Trusts the authorities in a file, which has been found to be good: what it holds now counts until it holds something else. */
export function authorityIn(file: string): TrustSource {
  const trust = fileTrust(file);
  trust.peek();
  return trust;
}

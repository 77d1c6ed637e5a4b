import { authorityFault as faultOf } from '@keyturn/core/binding';
import { unfilledSecret } from './placeholder.js';

/**
 * Says what keeps OpenSSL from reading every certificate of `pem`, in a phrase that follows the name of a field; undefined
 * where nothing does.
 */
export function authorityFault(pem: string): string | undefined {
  return unfilledSecret(pem.trim()) ?? faultOf(pem);
}

import { isInChain } from './cause-chain.js';

/** What Node says when a certificate leads to nobody whom the connection trusts. Names and expiries of the server itself are not among them. */
const codes: ReadonlySet<unknown> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  // The authority of old, where the new one has the same key.
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SUBJECT_ISSUER_MISMATCH',
  'AKID_SKID_MISMATCH',
  'AKID_ISSUER_SERIAL_MISMATCH',
  'KEYUSAGE_NO_CERTSIGN',
]);

/**
 * Tells whether `error`, or what caused it, says that a server could not be verified: nothing of a request has been sent then.
 * Never throws.
 */
export function isUnverified(error: unknown): boolean {
  return isInChain(error, ({ code }) => codes.has(code));
}

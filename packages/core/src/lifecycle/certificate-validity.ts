import type { Credential } from '../contract.js';
import { nodeCrypto } from './node-crypto.js';

/** When a certificate is valid. Unix milliseconds. */
export interface CertificateValidity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Reads the validity of the client certificate of `credential`; undefined where it has none.
 *
 * Read when somebody asks, and not kept: few do, and never for a request.
 */
export function certificateValidity(credential: Credential): CertificateValidity | undefined {
  if (credential.clientCertificate === undefined) return undefined;
  const { X509Certificate } = nodeCrypto();
  const { validFrom, validTo } = new X509Certificate(credential.clientCertificate.certificate);
  return { notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
}

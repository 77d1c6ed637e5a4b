import type { KeyObject, X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../contract.js';
import { CredentialError } from '../errors.js';
import { nodeCrypto, readPrivateKey } from './node-crypto.js';

/**
 * Checks that certificate and key can be read and belong together, and returns the certificate's notAfter.
 *
 * The first certificate of the text is the client's own, what follows is its chain. Without this check a wrong pair
 * would make the HTTP client throw in the middle of a request.
 * @returns Unix milliseconds.
 * @throws {CredentialError} ERR_CREDENTIAL_CERTIFICATE or ERR_CREDENTIAL_KEY_MISMATCH.
 */
export function certificateExpiry(pair: ClientCertificate, subject: string): number | undefined {
  const leaf = readCertificate(pair.certificate, subject);
  const key = readKey(pair.privateKey, subject);
  if (!leaf.checkPrivateKey(key)) {
    throw new CredentialError(
      'ERR_CREDENTIAL_KEY_MISMATCH',
      `The private key of ${subject} does not match the public key of its client certificate.`,
    );
  }
  const notAfter = Date.parse(leaf.validTo);
  return Number.isNaN(notAfter) ? undefined : notAfter;
}

function readCertificate(pem: string, subject: string): X509Certificate {
  try {
    const certificate = new (nodeCrypto().X509Certificate)(pem);
    readChain(pem);
    return certificate;
  } catch {
    // OpenSSL's own message is not attached: it says "no start line" where a person needs the sentence below.
    const found = pem.includes('PRIVATE KEY-----')
      ? 'it holds a private key; are certificate and key swapped?'
      : 'it is not a PEM certificate.';
    throw new CredentialError(
      'ERR_CREDENTIAL_CERTIFICATE',
      `The client certificate of ${subject} cannot be read: ${found}`,
    );
  }
}

// The TLS layer would refuse a broken chain in the middle of a request.
function readChain(pem: string): void {
  const { X509Certificate } = nodeCrypto();
  for (const [block] of pem.matchAll(
    /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g,
  )) {
    new X509Certificate(block);
  }
}

function readKey(pem: string, subject: string): KeyObject {
  try {
    return readPrivateKey(pem);
  } catch {
    const found = /ENCRYPTED/.test(pem)
      ? 'it is encrypted; give it without a passphrase.'
      : pem.includes('BEGIN CERTIFICATE')
        ? 'it holds a certificate; are certificate and key swapped?'
        : 'it is not a PEM private key.';
    throw new CredentialError(
      'ERR_CREDENTIAL_CERTIFICATE',
      `The private key of ${subject} cannot be read: ${found}`,
    );
  }
}

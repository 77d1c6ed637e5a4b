import type { KeyObject, X509Certificate } from 'node:crypto';
import type { ClientCertificate } from '../contract.js';
import { CredentialError } from '../errors.js';
import { nodeCrypto, readPrivateKey } from './node-crypto.js';
import { refusalByTls } from './tls-usable.js';

/** What is wrong with a client certificate and its key, in words that hold nothing of either. */
export interface PairFault {
  readonly part: keyof ClientCertificate;
  readonly code: 'ERR_CREDENTIAL_CERTIFICATE' | 'ERR_CREDENTIAL_KEY_MISMATCH';
  /** A phrase that follows the name of the part, without a full stop. */
  readonly fact: string;
}

/** What is known of a pair that can be read and belongs together. */
interface ReadPair {
  /** Unix milliseconds. */
  readonly notAfter: number | undefined;
}

/**
 * Checks that certificate and key can be read and belong together, and returns the certificate's notAfter.
 *
 * The first certificate of the text is the client's own, what follows is its chain. Without this check a wrong pair
 * would make the HTTP client throw in the middle of a request.
 * @returns Unix milliseconds.
 * @throws {CredentialError} ERR_CREDENTIAL_CERTIFICATE or ERR_CREDENTIAL_KEY_MISMATCH.
 */
export function certificateExpiry(pair: ClientCertificate, subject: string): number | undefined {
  const read = readPair(pair);
  if (!('fact' in read)) return read.notAfter;
  const part = read.part === 'certificate' ? 'client certificate' : 'private key';
  throw new CredentialError(read.code, `The ${part} of ${subject} ${read.fact}.`);
}

/** The same, and whether TLS can present the pair, for whoever has a better name for each part than we. */
export function inspectPair(pair: ClientCertificate): PairFault | ReadPair {
  const read = readPair(pair);
  if ('fact' in read) return read;
  const reason = refusalByTls(pair);
  return reason === undefined ? read : fault('certificate', `cannot be used: ${reason}`);
}

function readPair(pair: ClientCertificate): PairFault | ReadPair {
  const leaf = readCertificate(pair.certificate);
  if ('fact' in leaf) return leaf;
  const key = readKey(pair.privateKey);
  if ('fact' in key) return key;
  if (!leaf.checkPrivateKey(key)) {
    return {
      part: 'privateKey',
      code: 'ERR_CREDENTIAL_KEY_MISMATCH',
      fact: 'does not match the public key of its client certificate',
    };
  }
  const notAfter = Date.parse(leaf.validTo);
  return { notAfter: Number.isNaN(notAfter) ? undefined : notAfter };
}

function readCertificate(pem: string): X509Certificate | PairFault {
  try {
    const certificate = new (nodeCrypto().X509Certificate)(pem);
    readChain(pem);
    return certificate;
  } catch {
    // OpenSSL's own message is not attached: it says "no start line" where a person needs the sentence below.
    const found = pem.includes('PRIVATE KEY-----')
      ? 'it holds a private key, so certificate and key seem to be swapped'
      : 'it is not a PEM certificate';
    return fault('certificate', `cannot be read: ${found}`);
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

function readKey(pem: string): KeyObject | PairFault {
  try {
    return readPrivateKey(pem);
  } catch {
    const found = /ENCRYPTED/.test(pem)
      ? 'it is encrypted; give it without a passphrase'
      : pem.includes('BEGIN CERTIFICATE')
        ? 'it holds a certificate, so certificate and key seem to be swapped'
        : 'it is not a PEM private key';
    return fault('privateKey', `cannot be read: ${found}`);
  }
}

function fault(part: PairFault['part'], fact: string): PairFault {
  return { part, code: 'ERR_CREDENTIAL_CERTIFICATE', fact };
}

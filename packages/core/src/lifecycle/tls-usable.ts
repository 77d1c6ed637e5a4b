import type { ClientCertificate } from '../contract.js';
import { CredentialError } from '../errors.js';
import { shadowInherited } from '../inherited-names.js';
import { readPrivateKey } from './node-crypto.js';

/**
 * Checks that TLS can present `pair`, with the settings that a client has where it sets nothing.
 *
 * Once for each new pair: it takes as long as a few requests.
 * @throws {CredentialError} ERR_CREDENTIAL_CERTIFICATE with the reason.
 */
export function checkUsable(pair: ClientCertificate, subject: string): void {
  const reason = refusalByTls(pair);
  if (reason === undefined) return;
  throw new CredentialError(
    'ERR_CREDENTIAL_CERTIFICATE',
    `The client certificate of ${subject} cannot be used: ${reason}.`,
  );
}

/**
 * Says why TLS would not present `pair`, without a full stop; undefined where it would.
 *
 * What OpenSSL would say when a connection is made, it says here: which keys are too short and which digests too weak
 * depends on the one that runs. Certificates that it takes and then never presents are known by their curve.
 */
export function refusalByTls(pair: ClientCertificate): string | undefined {
  return refusalOfOpenSsl(pair) ?? refusalOfCurve(pair.privateKey);
}

function refusalOfOpenSsl({ certificate, privateKey }: ClientCertificate): string | undefined {
  try {
    // An authority list of our own, be it empty, keeps Node from reading all those it trusts.
    process
      .getBuiltinModule('node:tls')
      .createSecureContext(shadowInherited({ cert: certificate, key: privateKey, ca: [] }));
    return undefined;
  } catch (error) {
    return describeRefusal(String((error as { readonly code?: unknown }).code ?? 'no code'));
  }
}

const sentences: Readonly<Record<string, string>> = {
  ERR_SSL_EE_KEY_TOO_SMALL:
    'its key is too short for the OpenSSL of this Node. Issue one with a longer key',
  ERR_SSL_CA_KEY_TOO_SMALL:
    'a certificate of its chain has a key that is too short for the OpenSSL of this Node',
  ERR_SSL_CA_MD_TOO_WEAK:
    'it, or a certificate of its chain, is signed with a digest that the OpenSSL of this Node takes for too weak, such as SHA-1',
};

// Codes of OpenSSL hold nothing of the certificate.
function describeRefusal(code: string): string {
  if (sentences[code] !== undefined) return sentences[code];
  return code.startsWith('ERR_OSSL_')
    ? `what follows its first certificate is cut or damaged (${code})`
    : `OpenSSL refuses it (${code})`;
}

/** Those of which OpenSSL makes connections by default: it loads others, and then presents no certificate. */
const curvesOfTls = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

// From this version on TLS 1.3 knows them (RFC 8734).
const brainpoolOfTls13 = /^brainpoolP(?:256|384|512)r1$/;
const firstWithBrainpool = [3, 2] as const;

function refusalOfCurve(privateKey: string): string | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = readPrivateKey(privateKey);
  const curve = asymmetricKeyDetails?.namedCurve;
  if (asymmetricKeyType !== 'ec' || curve === undefined || curvesOfTls.has(curve)) return undefined;
  if (brainpoolOfTls13.test(curve) && hasBrainpool(process.versions.openssl)) return undefined;
  return `its key is on the curve ${curve}, which no connection presents. Issue one on P-256, P-384 or P-521`;
}

/** @param version of OpenSSL, such as `3.0.19` */
function hasBrainpool(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  const [firstMajor, firstMinor] = firstWithBrainpool;
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}

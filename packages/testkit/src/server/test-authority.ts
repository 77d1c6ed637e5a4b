import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { ClientCertificate } from '@keyturn/core';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from './x509.js';

const { subtle } = globalThis.crypto;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A certificate authority made in memory for one test or one demo. Its key is never written anywhere. */
export interface TestAuthority {
  /** The authority's own certificate, PEM text: what clients and servers trust. */
  readonly certificate: string;
  /** Issues a certificate for a server that answers to `hosts`; default `localhost`, `127.0.0.1` and `::1`. */
  issueServerCertificate(options?: {
    readonly hosts?: readonly string[];
  }): Promise<ClientCertificate>;
  /** Issues a certificate for a client. */
  issueClientCertificate(options?: ClientCertificateRequest): Promise<ClientCertificate>;
}

/** What a client certificate should say. X.509 counts whole seconds: both times are cut down to one. */
export interface ClientCertificateRequest {
  /** Default `test-client`. */
  readonly commonName?: string;
  /** Unix milliseconds; default one minute ago, or one minute before `notAfter` where that is earlier. */
  readonly notBefore?: number;
  /** Unix milliseconds; default one hour from now. */
  readonly notAfter?: number;
}

/** Makes a certificate authority (EC P-256) that lives one day. */
export async function createTestAuthority(
  options: { readonly commonName?: string } = {},
): Promise<TestAuthority> {
  const keys = await generateKeys();
  const root = await createRoot(keys, options.commonName ?? 'Keyturn test authority');
  // Where several authorities of one name are trusted, OpenSSL finds the right one by it.
  const issuerKey = await AuthorityKeyIdentifierExtension.create(keys.publicKey);

  const issue = async (leaf: Leaf): Promise<ClientCertificate> => {
    const leafKeys = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: nameOf(leaf.commonName),
      issuer: root.subjectName,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      notBefore: new Date(leaf.notBefore),
      notAfter: new Date(leaf.notAfter),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        issuerKey,
        ...leaf.extensions,
      ],
    });
    return {
      certificate: `${certificate.toString('pem')}\n`,
      privateKey: await exportPrivateKey(leafKeys.privateKey),
    };
  };

  return {
    certificate: `${root.toString('pem')}\n`,
    issueServerCertificate: (request = {}) => issue(serverLeaf(request.hosts)),
    issueClientCertificate: (request = {}) => issue(clientLeaf(request)),
  };
}

async function createRoot(
  keys: webcrypto.CryptoKeyPair,
  commonName: string,
): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    name: nameOf(commonName),
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - minuteMs),
    notAfter: new Date(Date.now() + 24 * hourMs),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

interface Leaf {
  readonly commonName: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Extension[];
}

function serverLeaf(hosts: readonly string[] = ['localhost', '127.0.0.1', '::1']): Leaf {
  const now = Date.now();
  const names = hosts.map((host) => ({
    type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const),
    value: host,
  }));
  return {
    commonName: hosts[0] ?? 'localhost',
    notBefore: now - minuteMs,
    notAfter: now + 24 * hourMs,
    extensions: [
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names),
    ],
  };
}

function clientLeaf(request: ClientCertificateRequest): Leaf {
  const notAfter = request.notAfter ?? Date.now() + hourMs;
  return {
    commonName: request.commonName ?? 'test-client',
    notBefore: request.notBefore ?? Math.min(Date.now(), notAfter) - minuteMs,
    notAfter,
    extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])],
  };
}

/** A name as an object, so that a comma in it stays part of the name. */
function nameOf(commonName: string): { CN: string[] }[] {
  return [{ CN: [commonName] }];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { CredentialError } from '@keyturn/core/binding';
import { readSecret, type SecretContext, type SecretText } from './secret-text.js';

/** As a JWT names it (RFC 7518, 3.1; RFC 8037, 3.1; RFC 9864). */
export type SigningAlgorithm =
  | ('RS256' | 'RS384' | 'RS512')
  | ('PS256' | 'PS384' | 'PS512')
  | ('ES256' | 'ES384' | 'ES512')
  | ('EdDSA' | 'Ed25519');

interface Algorithm {
  /** Of the key, or its curve. */
  readonly type: string;
  readonly hash?: string;
  readonly isPss?: true;
}

const algorithms: Readonly<Record<SigningAlgorithm, Algorithm>> = {
  RS256: { type: 'rsa', hash: 'sha256' },
  RS384: { type: 'rsa', hash: 'sha384' },
  RS512: { type: 'rsa', hash: 'sha512' },
  PS256: { type: 'rsa', hash: 'sha256', isPss: true },
  PS384: { type: 'rsa', hash: 'sha384', isPss: true },
  PS512: { type: 'rsa', hash: 'sha512', isPss: true },
  ES256: { type: 'prime256v1', hash: 'sha256' },
  ES384: { type: 'secp384r1', hash: 'sha384' },
  ES512: { type: 'secp521r1', hash: 'sha512' },
  EdDSA: { type: 'ed25519' },
  Ed25519: { type: 'ed25519' },
};

export const algorithmNames: readonly string[] = Object.keys(algorithms);

/** A private key that signs assertions. */
export interface SigningKey {
  /** PEM text or a JWK in JSON: RSA, an elliptic curve of NIST, or Ed25519; without a passphrase. */
  readonly key: SecretText;
  /** Stands in the header as `kid`. Default: that of the JWK. */
  readonly keyId?: string | undefined;
  /** Default: RS256, or what the curve of the key is for. */
  readonly algorithm?: SigningAlgorithm | undefined;
  /** What else stands in the header, such as the `x5t` that Entra ID wants. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Signs a JWT.
 * @throws {CredentialError} ERR_OAUTH_SECRET where the key cannot be used, as `readSecret` for one that cannot be had.
 */
export async function signJwt(
  claims: object,
  { key: secret, keyId, algorithm, header }: SigningKey,
  context: SecretContext,
): Promise<string> {
  // It is sent to nobody, so that nobody can repeat it.
  const text = await readSecret('key', secret, { ...context, secrets: new Set() });
  const { key, kid } = readKey(text);
  const alg = algorithm ?? usualAlgorithm(key);
  if (algorithms[alg].type !== typeOf(key)) throw unusable(`does not sign with ${alg}`);
  const id = keyId ?? kid;
  const head = { alg, typ: 'JWT', ...(id === undefined ? {} : { kid: id }), ...header };
  const signed = `${encode(head)}.${encode(claims)}`;
  return `${signed}.${signatureOf(signed, key, algorithms[alg])}`;
}

function signatureOf(text: string, key: KeyObject, { hash, isPss }: Algorithm): string {
  // A salt as long as the hash (RFC 7518, 3.5); signatures of elliptic curves as two numbers (3.4).
  const options = isPss ? { padding: 6, saltLength: -1 } : {};
  const how = { key, dsaEncoding: 'ieee-p1363', ...options } as const;
  return sign(hash, Buffer.from(text), how).toString('base64url');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The error of Node quotes nothing, and says nothing that helps either. */
function readKey(text: string): { key: KeyObject; kid?: string } {
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text) };
    const jwk = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const key = createPrivateKey({ key: jwk as never, format: 'jwk' });
    const { kid } = jwk;
    return typeof kid === 'string' && Object.hasOwn(jwk, 'kid') ? { key, kid } : { key };
  } catch {
    const isEncrypted = /ENCRYPTED/.test(text);
    throw unusable(
      isEncrypted ? 'is encrypted; it has to be without a passphrase' : 'cannot be read',
    );
  }
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === 'ec') return asymmetricKeyDetails?.namedCurve;
  return asymmetricKeyType === 'rsa-pss' ? 'rsa' : asymmetricKeyType;
}

function usualAlgorithm(key: KeyObject): SigningAlgorithm {
  if (key.asymmetricKeyType === 'rsa-pss') return 'PS256';
  const type = typeOf(key);
  const [name] = Object.entries(algorithms).find(([, algorithm]) => algorithm.type === type) ?? [];
  if (name === undefined) throw unusable('is of a kind that signs no assertions');
  return name as SigningAlgorithm;
}

function unusable(fact: string): CredentialError {
  return new CredentialError(
    'ERR_OAUTH_SECRET',
    `The private key of an assertion ${fact}. Give an RSA, EC or Ed25519 key, as PEM text or as a JWK in JSON.`,
  );
}

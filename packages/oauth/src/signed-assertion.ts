import { randomUUID } from 'node:crypto';
import { knownOptions, numberOption, snapshot } from '@keyturn/core/binding';
import { checkSecret, type SecretContext } from './secret-text.js';
import { algorithmNames, type SigningAlgorithm, type SigningKey, signJwt } from './signing-key.js';

export interface SignedAssertionOptions extends SigningKey {
  /** Who signs: `iss`. */
  readonly issuer: string;
  /** For whom a token is wanted: `sub`. Default: the issuer. */
  readonly subject?: string | undefined;
  /** Who is to believe it: `aud`, most often the token endpoint. */
  readonly audience: string;
  /** How long it is good for. Milliseconds, default 60_000: it is made for one request. */
  readonly lifetimeMs?: number | undefined;
  /** Further claims, such as the `scope` that Google wants there. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

const optionNames: readonly (keyof SignedAssertionOptions)[] = [
  ...(['key', 'keyId', 'algorithm', 'header'] as const),
  ...(['issuer', 'subject', 'audience', 'lifetimeMs', 'claims'] as const),
];

const usualLifetimeMs = 60_000;

/**
 * Returns a function that signs a JWT of its own for each load: for `assertion`, `clientAssertion` or `subjectToken` of `oauthSource`.
 * Its calls throw a CredentialError with ERR_OAUTH_SECRET or ERR_FILE_READ where there is no key to sign with.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function signedAssertion(
  options: SignedAssertionOptions,
): (context: SecretContext) => Promise<string> {
  knownOptions('signedAssertion', options, optionNames);
  const given = snapshot(options);
  const { issuer, subject, audience, claims } = given;
  const key = checkSigningKey('signedAssertion', given);
  for (const [name, value] of Object.entries({ issuer, audience })) {
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`Option "${name}" of signedAssertion must be a text.`);
  }
  const lifetimeMs = numberOption('lifetimeMs', given.lifetimeMs, usualLifetimeMs, 1_000);
  const fixed = { iss: issuer, sub: subject ?? issuer, aud: audience };
  return (context) => {
    const iat = Math.floor(context.clock.now() / 1_000);
    const exp = iat + Math.ceil(lifetimeMs / 1_000);
    const times = { iat, nbf: iat, exp, jti: randomUUID() };
    return signJwt({ ...fixed, ...times, ...claims }, key, context);
  };
}

/**
 * Returns the part of `options` that is a key.
 * @throws {TypeError} naming the option that is missing or has a nonsensical value.
 */
export function checkSigningKey(caller: string, options: SigningKey): SigningKey {
  const { key, keyId, algorithm, header } = options;
  if (algorithm !== undefined && !algorithmNames.includes(algorithm)) {
    throw new TypeError(
      `Option "algorithm" of ${caller} must be one of ${algorithmNames.join(', ')}.`,
    );
  }
  return {
    key: checkSecret('key', key, caller),
    keyId,
    algorithm: algorithm as SigningAlgorithm | undefined,
    header: header && { ...header },
  };
}

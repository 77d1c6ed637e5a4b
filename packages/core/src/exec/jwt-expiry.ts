import { snapshot } from '../snapshot.js';
import { readJson } from '../text/read-json.js';
import type { Fields } from './parse-output.js';
import { unreadable } from './printed-output.js';

const limits = { maxDepth: 100, maxMarks: 10_000 };

/**
 * Tells when a token expires that is a JWT, by its `exp`, which nobody verifies here: it only decides when to ask for the next one.
 * Undefined where the token is something else: opaque, encrypted, or signed in a way of its own.
 * @returns Unix milliseconds; no `expiresAt` where the JWT has no `exp`.
 * @throws {CredentialError} ERR_EXEC_OUTPUT for what begins as a JWT and is none; ERR_CREDENTIAL_EXPIRY for an `exp` that is no time.
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
 */
export function jwtExpiry(token: string): { readonly expiresAt?: number } | undefined {
  const [header = '', payload = '', ...rest] = token.split('.');
  // A brace and a quote in base64: how every such header begins.
  if (rest.length !== 1 || !header.startsWith('eyJ')) return undefined;
  // Others put JSON into three parts, too, and no algorithm (RFC 7515, 4.1.1).
  if (typeof decoded(header)['alg'] !== 'string') return undefined;
  const expiresAt = decoded(payload)['exp'];
  if (expiresAt === undefined || expiresAt === null) return {};
  if (typeof expiresAt === 'number') return { expiresAt: expiresAt * 1_000 };
  throw unreadable('a JWT whose "exp" is not a number', { code: 'ERR_CREDENTIAL_EXPIRY' });
}

function decoded(part: string): Fields {
  if (/^[\w-]+$/.test(part)) {
    const text = Buffer.from(part, 'base64url').toString();
    const reading = text.startsWith('{') ? readJson(text, limits) : undefined;
    if (reading !== undefined && 'value' in reading)
      return snapshot(reading.value as object) as Fields;
  }
  throw unreadable('what begins as a JWT and cannot be read as one');
}

import type { CredentialMaterial } from '../contract.js';
import { jwtExpiry } from './jwt-expiry.js';
import { nameOutput, unreadable } from './printed-output.js';

// No server takes a header of that length.
const longestToken = 65_536;

/**
 * Reads a bearer token that stands alone, with blanks and a line break around it at most: `gh auth token`, `gcloud auth
 * print-access-token`, a token helper of Vault. Where it is a JWT, it expires when that says; else when a server refuses it.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, saying what was printed instead and never quoting it.
 */
export function readToken(stdout: string): CredentialMaterial {
  const token = bareToken(stdout);
  const jwt = jwtExpiry(token);
  return jwt?.expiresAt === undefined ? { token } : { token, expiresAt: jwt.expiresAt };
}

/**
 * Reads a JWT that stands alone, and refuses everything else.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, saying what was printed instead and never quoting it.
 */
export function readJwt(stdout: string): CredentialMaterial {
  const token = bareToken(stdout);
  const jwt = jwtExpiry(token);
  if (jwt === undefined) throw unreadable('a token that is no JWT');
  return jwt.expiresAt === undefined ? { token } : { token, expiresAt: jwt.expiresAt };
}

function bareToken(stdout: string): string {
  const token = stdout.trim();
  const other = nameOutput(token);
  if (other !== undefined) throw unreadable(other);
  if (/^[[{]/.test(token)) throw unreadable('JSON and no bare token', { advice: adviceForJson });
  if (token.length > longestToken) {
    throw unreadable(`${token.length} characters, far more than a token has`);
  }
  const lines = token.split(/\r\n?|\n/).length;
  if (lines > 1) {
    throw unreadable(`${lines} lines, where one token should stand alone`, {
      advice: 'Have it print the rest on stderr, or take the token out with the option "read".',
    });
  }
  if (/^[\x21-\x7e]+$/.test(token) && !/^(["']).*\1$/.test(token)) return token;
  throw describeLine(token);
}

const adviceForJson =
  'Take the token out of it with the option "read"; there are readers for az, gcloud, Vault and helpers of Bazel.';

function describeLine(line: string): Error {
  if (/^bearer\s/i.test(line)) {
    return unreadable('the word "Bearer" before the token', {
      advice: 'Each request puts it there; take the token alone with the option "read".',
    });
  }
  if (/^(["']).*\1$/.test(line)) {
    return unreadable('a token in quotes', {
      advice: 'Have it print the bare token, as "-o tsv" of az and "--raw-output" of jq do.',
    });
  }
  if (/\s/.test(line)) return unreadable('several words and no token');
  return unreadable('a token with a character that cannot stand in an HTTP header');
}

import type { CredentialMaterial } from '../contract.js';
import type { CommandRun } from './command-source.js';
import type { Fields } from './parse-output.js';
import { noTime, objectIn, readObject, textIn } from './printed-output.js';
import { readToken } from './read-token.js';
import { parseRfc3339 } from './rfc3339.js';

/**
 * Reads what gcloud prints: the bare token of `auth print-access-token`, which says nothing about its expiry; the credential of
 * `auth print-access-token --format=json`, in its older form (`token_response`, `token_expiry`) and its newer one (`token`, `expiry`); and
 * `config config-helper --format=json`.
 * @throws {CredentialError} ERR_EXEC_OUTPUT or ERR_CREDENTIAL_EXPIRY, never quoting the output.
 * @see https://cloud.google.com/sdk/gcloud/reference/auth/print-access-token
 */
export function readGcloudToken(stdout: string, { startedAt }: CommandRun): CredentialMaterial {
  if (!/^\s*\{/.test(stdout)) return readToken(stdout);
  const printed = readObject(stdout);
  const credential =
    printed['credential'] === undefined ? printed : objectIn(printed, 'credential');
  const response = objectIn(credential, 'token_response');
  const holder = ['token', 'access_token'].find((name) => credential[name] !== undefined);
  const token =
    holder === undefined ? textIn(response, 'access_token') : textIn(credential, holder);
  const expiresAt = expiryIn(credential) ?? expiryOf(response, startedAt);
  return expiresAt === undefined ? readToken(token) : { ...readToken(token), expiresAt };
}

function expiryIn(credential: Fields): number | undefined {
  const name = ['expiry', 'token_expiry'].find((each) => credential[each] !== undefined);
  const value = name === undefined ? undefined : credential[name];
  if (name === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value : objectIn(credential, name)['datetime'];
  const expiresAt = typeof text === 'string' ? universalTime(text) : undefined;
  if (expiresAt !== undefined) return expiresAt;
  throw noTime(name);
}

/** Python's word for a time has a blank in it, and no zone where it is UTC. */
function universalTime(text: string): number | undefined {
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
  const time = parseRfc3339(zoned.replace(' ', 'T'));
  return time === 'never' ? undefined : time;
}

/** Too late where the token comes from a cache; the server says so then. */
function expiryOf(response: Fields, startedAt: number): number | undefined {
  const seconds = response['expires_in'];
  return typeof seconds === 'number' ? startedAt + seconds * 1_000 : undefined;
}

import type { CredentialMaterial } from '../contract.js';
import type { CommandRun } from './command-source.js';
import { objectIn, readObject, timeIn, unreadable } from './printed-output.js';
import { readToken } from './read-token.js';

/**
 * Reads what Vault and OpenBao print with `-format=json`: a login or a new token (`auth`), `token lookup`, and tokens of a secrets engine
 * with their lease. What is no JSON is the bare token of a token helper, of `print token` or of `-field=token`.
 * @throws {CredentialError} ERR_EXEC_OUTPUT or ERR_CREDENTIAL_EXPIRY, never quoting the output.
 * @see https://developer.hashicorp.com/vault/api-docs/auth/token
 */
export function readVaultToken(stdout: string, { startedAt }: CommandRun): CredentialMaterial {
  if (!/^\s*\{/.test(stdout)) return readToken(stdout);
  const printed = readObject(stdout);
  const [auth, data] = [objectIn(printed, 'auth'), objectIn(printed, 'data')];
  const { client_token: issued } = auth;
  if (isToken(issued)) return lasting(issued, auth['lease_duration'], startedAt);
  const token = ['id', 'token', 'service_account_token'].map((name) => data[name]).find(isToken);
  if (token === undefined) {
    throw unreadable('a JSON object without a token', {
      advice: 'A token stands in "auth" or "data"; one that is wrapped has to be unwrapped first.',
    });
  }
  const expiresAt = timeIn(data, 'expire_time', 'data.expire_time');
  if (expiresAt !== undefined) return { token: tokenOf(token), expiresAt };
  return lasting(token, data['ttl'] ?? printed['lease_duration'], startedAt);
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A lease of no seconds never ends: that of a root token, for one. */
function lasting(token: string, seconds: unknown, startedAt: number): CredentialMaterial {
  const isLimited = typeof seconds === 'number' && seconds > 0;
  return isLimited
    ? { token: tokenOf(token), expiresAt: startedAt + seconds * 1_000 }
    : readToken(token);
}

function tokenOf(token: string): string | undefined {
  return readToken(token).token;
}

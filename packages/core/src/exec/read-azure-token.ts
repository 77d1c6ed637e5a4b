import type { CredentialMaterial } from '../contract.js';
import type { Fields } from './parse-output.js';
import { noTime, readObject, textIn } from './printed-output.js';
import { readToken } from './read-token.js';

/**
 * Reads what `az account get-access-token` prints. `expires_on` counts, which came with Azure CLI 2.54; before, there was `expiresOn` alone,
 * in the time zone of this machine.
 * @throws {CredentialError} ERR_EXEC_OUTPUT or ERR_CREDENTIAL_EXPIRY, never quoting the output.
 * @see https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
 */
export function readAzureToken(stdout: string): CredentialMaterial {
  const printed = readObject(stdout);
  const material = readToken(textIn(printed, 'accessToken'));
  const expiresAt = expiryIn(printed);
  return expiresAt === undefined ? material : { ...material, expiresAt };
}

function expiryIn({ expires_on: seconds, expiresOn: local }: Fields): number | undefined {
  if (seconds !== undefined && seconds !== null) {
    // A number, but some wrappers of az have made a text of it.
    const value = typeof seconds === 'string' && /^\d+$/.test(seconds) ? Number(seconds) : seconds;
    if (typeof value === 'number') return value * 1_000;
    throw noTime('expires_on', 'a number of seconds');
  }
  if (local === undefined || local === null) return undefined;
  const expiresAt = typeof local === 'string' ? localTime(local) : Number.NaN;
  if (!Number.isNaN(expiresAt)) return expiresAt;
  throw noTime('expiresOn', 'a time such as 2006-01-02 15:04:05.000000');
}

/** The hour that a clock shows twice in autumn is taken for the first of the two: too early does no harm. */
function localTime(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,9})?$/.exec(text);
  return match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}${match[3] ?? ''}`);
}

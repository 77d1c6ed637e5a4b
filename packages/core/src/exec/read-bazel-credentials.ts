import type { CredentialMaterial } from '../contract.js';
import type { Fields } from './parse-output.js';
import { objectIn, readObject, timeIn, unreadable } from './printed-output.js';

/**
 * Reads what a credential helper prints, as Bazel and other build tools run them: `helper get`, with `{"uri": "https://…"}` as its input.
 * Its headers become those of the credential; `Authorization: Bearer …` becomes the token.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, ERR_CREDENTIAL_EXPIRY, or ERR_CREDENTIAL_EMPTY where the helper has nothing for this address;
 * never quoting the output.
 * @see https://github.com/EngFlow/credential-helper-spec
 */
export function readBazelCredentials(stdout: string): CredentialMaterial {
  const printed = readObject(stdout);
  const all = headersIn(printed);
  const bearer = all.find(([name, value]) => isAuthorization(name) && bearerScheme.test(value));
  const others = all.filter((header) => header !== bearer);
  if (all.length === 0) {
    throw unreadable('no header', {
      code: 'ERR_CREDENTIAL_EMPTY',
      advice: 'It has no credential for the "uri" in the option "input".',
    });
  }
  const expiresAt = timeIn(printed, 'expires');
  return {
    ...(bearer === undefined ? {} : { token: bearer[1].replace(bearerScheme, '') }),
    ...(others.length === 0 ? {} : { headers: Object.fromEntries(others) }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

const bearerScheme = /^bearer +(?=[^\s,]+$)/i;

function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}

/** A header with several values is one with all of them (RFC 9110, 5.2), and one with none is no header. */
function headersIn(printed: Fields): readonly (readonly [name: string, value: string])[] {
  const { headers } = printed;
  if (headers === undefined || headers === null) return [];
  const isObject = typeof headers === 'object' && !Array.isArray(headers);
  if (!isObject) throw unreadable('"headers" that are no JSON object');
  return Object.entries(objectIn(printed, 'headers')).flatMap(([name, values]) => {
    const isList = Array.isArray(values) && values.every((value) => typeof value === 'string');
    if (!isList) throw unreadable('a header whose values are not a list of texts');
    return values.length === 0 ? [] : [[name, values.join(', ')] as const];
  });
}

import type { ClientCertificate } from '@keyturn/core';
import { type CredentialError, quoted } from '@keyturn/core/binding';
import { inspectPair } from '@keyturn/core/lifecycle';
import type { Fields } from '../document/fields.js';
import { readNamedFile } from '../document/read-file.js';
import { type HeldCredentials, type TextOrFile, tokenFault } from './user.js';

/** Credentials of a user as they are now, whatever file they stand in. */
export interface ReadCredentials {
  readonly token?: string | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
}

/**
 * Reads what a user of a kubeconfig holds or names, each file once.
 * @param now Unix milliseconds
 * @throws {CredentialError} ERR_KUBECONFIG_READ or _FIELD, naming the field: what cannot be used, or has expired.
 */
export async function readHeld(
  held: HeldCredentials,
  user: Fields,
  now: number,
): Promise<ReadCredentials> {
  const [token, dated] = await Promise.all([readToken(held, user), readPair(held.pair, user)]);
  // A server that asks for either goes by the token then.
  if (dated !== undefined && dated.notAfter <= now && token === undefined) {
    throw expired(held, user, dated.notAfter);
  }
  return { token, clientCertificate: dated?.pair };
}

interface DatedPair {
  readonly pair: ClientCertificate;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

async function readToken(
  { token, tokenFile }: HeldCredentials,
  user: Fields,
): Promise<string | undefined> {
  if (tokenFile === undefined) return token;
  try {
    // Files made with an editor or `echo` end in a line break that is not part of the token.
    const read = (await readNamedFile(tokenFile, user, 'tokenFile')).trim();
    const fault = read === '' ? undefined : tokenFault(read);
    if (fault !== undefined) {
      throw user.problem('tokenFile', `names ${quoted(tokenFile)}, whose token ${fault}`);
    }
    if (read !== '') return read;
    throw user.problem(
      'tokenFile',
      `names ${quoted(tokenFile)}, which is empty. Write the token there`,
    );
  } catch (error) {
    if (token !== undefined) return token;
    throw error;
  }
}

async function readPair(
  pair: HeldCredentials['pair'],
  user: Fields,
): Promise<DatedPair | undefined> {
  if (pair === undefined) return undefined;
  const [certificate, privateKey] = await Promise.all([
    readPem(pair.certificate, user),
    readPem(pair.privateKey, user),
  ]);
  const inspected = inspectPair({ certificate, privateKey });
  if (!('fact' in inspected)) {
    const { notAfter = Number.POSITIVE_INFINITY } = inspected;
    return { pair: { certificate, privateKey }, notAfter };
  }
  const { part, code, fact } = inspected;
  const isForeign = code === 'ERR_CREDENTIAL_KEY_MISMATCH';
  const said = isForeign ? `does not belong to "${pair.certificate.field}"` : fact;
  const advice = said.includes(';') ? '' : `. ${pairAdvice}`;
  throw user.problem(pair[part].field, said + advice);
}

const pairAdvice =
  'Put the certificate and the key that were issued together in their fields, as PEM text';

function expired({ pair }: HeldCredentials, user: Fields, notAfter: number): CredentialError {
  const since = new Date(notAfter).toISOString();
  return user.problem(
    pair?.certificate.field ?? 'client-certificate',
    `has expired: it was valid until ${since}, and a server would refuse it. Have a new one issued, or fetch the kubeconfig again`,
  );
}

async function readPem(origin: TextOrFile, user: Fields): Promise<string> {
  const pem = 'text' in origin ? origin.text : await readNamedFile(origin.file, user, origin.field);
  if (!pem.includes('-----BEGIN ')) {
    throw user.problem(
      origin.field,
      'holds no PEM text. Put in it what is between "-----BEGIN" and "-----END", with these two lines',
    );
  }
  return pem;
}

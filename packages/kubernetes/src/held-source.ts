import type { ClientCertificate, CredentialSource } from '@keyturn/core';
import { type CredentialError, quoted } from '@keyturn/core/binding';
import { inspectPair } from '@keyturn/core/lifecycle';
import { type Fields, subjectOf } from './fields.js';
import { readNamedFile } from './read-file.js';
import { type HeldCredentials, type TextOrFile, tokenFault } from './user.js';

// How long client-go trusts what it read from a file before it reads again.
const tokenFileLifetimeMs = 60_000;
const certificateFileLifetimeMs = 300_000;

/**
 * Makes a source of the credentials that a kubeconfig holds or names.
 *
 * Files are read anew at each load. What comes from a token file expires after a minute, so that a rotated service
 * account token is noticed (the token itself is not decoded); what comes from a certificate file after five minutes.
 * Material without files never expires by itself. Where `token` stands beside `tokenFile`, it takes over
 * when the file cannot be read or is empty.
 *
 * client-go goes on with the last token it read when a file disappears; here requests fail with
 * ERR_KUBECONFIG_READ once that token's minute is over, because nothing outside the manager keeps secrets.
 */
export function heldSource(held: HeldCredentials, user: Fields): CredentialSource {
  return {
    // Without its quotes, because an error puts the name of a source in quotes.
    name: subjectOf(user.place).replaceAll('"', ''),
    load: async ({ clock = { now: Date.now } }) => {
      const now = clock.now();
      const [token, dated] = await Promise.all([readToken(held, user), readPair(held.pair, user)]);
      // A server that asks for either goes by the token then.
      if (dated !== undefined && dated.notAfter <= now && token === undefined) {
        throw expired(held, user, dated.notAfter);
      }
      const lifetimeMs = lifetimeOf(held);
      return {
        token,
        clientCertificate: dated?.pair,
        expiresAt: lifetimeMs === undefined ? undefined : now + lifetimeMs,
      };
    },
  };
}

interface DatedPair {
  readonly pair: ClientCertificate;
  /** Unix milliseconds. */
  readonly notAfter: number;
}

function lifetimeOf({ tokenFile, pair }: HeldCredentials): number | undefined {
  if (tokenFile !== undefined) return tokenFileLifetimeMs;
  const inFile = pair !== undefined && ('file' in pair.certificate || 'file' in pair.privateKey);
  return inFile ? certificateFileLifetimeMs : undefined;
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

import type { Credential } from './contract.js';

/** A header that a request carries of a credential. */
export interface CredentialHeader {
  /** As its source spells it. */
  readonly name: string;
  /** In lower case, to compare by. */
  readonly key: string;
  /** A secret. */
  readonly value: string;
}

interface ReadHeaders {
  readonly authorization: string | undefined;
  readonly others: readonly CredentialHeader[];
}

const none: readonly CredentialHeader[] = Object.freeze([]);

// Read once for each credential, and gone with it.
const known = new WeakMap<Credential, ReadHeaders>();

/**
 * Returns the value of the Authorization header that a request carries of `credential`: the one among its headers, else its
 * token as a bearer. Undefined where it has neither.
 */
export function authorizationOf(credential: Credential): string | undefined {
  if (credential.headers !== undefined) {
    const { authorization } = readHeaders(credential, credential.headers);
    if (authorization !== undefined) return authorization;
  }
  return credential.token === undefined ? undefined : `Bearer ${credential.token}`;
}

/**
 * Returns the other headers that a request carries of `credential`, most often none: then always the same empty list, and no
 * more is done than to look. A header of that name which the caller has set wins.
 */
export function otherHeadersOf(credential: Credential): readonly CredentialHeader[] {
  return credential.headers === undefined
    ? none
    : readHeaders(credential, credential.headers).others;
}

/**
 * Returns every header of `credential` that the caller has not set, Authorization included. Where each microsecond counts, ask
 * `authorizationOf` first, and `otherHeadersOf` only where `credential.headers` is there.
 * @param isSet tells whether the caller has set a header, by its name in lower case
 */
export function headersToAdd(
  credential: Credential,
  isSet: (key: string) => boolean,
): readonly CredentialHeader[] {
  const value = authorizationOf(credential);
  const key = 'authorization';
  const first = value === undefined ? [] : [{ name: 'Authorization', key, value }];
  return [...first, ...otherHeadersOf(credential)].filter((header) => !isSet(header.key));
}

/** Tells whether a request on which the caller has set headers carries anything of `credential` but its certificate. */
export function carriesHeadersOf(credential: Credential, isSet: (key: string) => boolean): boolean {
  if (authorizationOf(credential) !== undefined && !isSet('authorization')) return true;
  return otherHeadersOf(credential).some(({ key }) => !isSet(key));
}

/**
 * Returns what tells whether `headers`, an object of names and values, has a header of some name in lower case. One that is
 * undefined is sent by no client, and so is none.
 */
export function isSetIn(headers: object | undefined): (key: string) => boolean {
  const set = Object.entries(headers ?? {}).filter(([, value]) => value !== undefined);
  const keys = new Set(set.map(([name]) => name.toLowerCase()));
  return (key) => keys.has(key);
}

function readHeaders(
  credential: Credential,
  headers: Readonly<Record<string, string>>,
): ReadHeaders {
  const before = known.get(credential);
  if (before !== undefined) return before;
  const all = Object.entries(headers).map(([name, value]) => ({
    name,
    key: name.toLowerCase(),
    value,
  }));
  const read = {
    authorization: all.find(({ key }) => key === 'authorization')?.value,
    others: all.filter(({ key }) => key !== 'authorization'),
  };
  known.set(credential, read);
  return read;
}

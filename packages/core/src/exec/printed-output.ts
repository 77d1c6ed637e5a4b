import { CredentialError, type CredentialErrorCode } from '../errors.js';
import { snapshot } from '../snapshot.js';
import { nameForeignText } from '../text/name-foreign-text.js';
import { byteCount, readJson } from '../text/read-json.js';
import type { Fields } from './parse-output.js';
import { parseRfc3339 } from './rfc3339.js';

// The largest of these answers has a hundred values; a login of Vault lists policies.
const limits = { maxDepth: 100, maxMarks: 10_000 };

export interface UnreadableDetails {
  readonly code?: CredentialErrorCode;
  /** What to do. Default: to look at the output. */
  readonly advice?: string;
  readonly original?: unknown;
}

/** Makes the error for what a program printed. `what` goes on behind "it printed", and must not quote it. */
export function unreadable(what: string, details: UnreadableDetails = {}): CredentialError {
  const { code = 'ERR_EXEC_OUTPUT', advice = 'Run it by hand to see what it prints.' } = details;
  return new CredentialError(code, `it printed ${what}. ${advice}`, {
    original: details.original,
  });
}

/** Names what a text is that holds no credential, such as "nothing" or "an HTML page"; undefined when it may be one. */
export function nameOutput(text: string): string | undefined {
  return /\S/.test(text) ? nameForeignText(text) : 'nothing';
}

/**
 * Reads the one JSON object that a program prints.
 * @throws {CredentialError} ERR_EXEC_OUTPUT, saying what it is instead and never quoting it.
 */
export function readObject(text: string): Fields {
  const other = nameOutput(text);
  if (other !== undefined) throw unreadable(other);
  if (!/^\s*\{/.test(text)) throw unreadable(`${byteCount(text)} that are no JSON object`);
  const reading = readJson(text, limits);
  if ('fault' in reading) throw unreadable(reading.fault);
  return snapshot(reading.value as object) as Fields;
}

/** Returns the object in a field, or one without fields where there is none. */
export function objectIn(fields: Fields, name: string): Fields {
  const value = fields[name];
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return snapshot(isObject ? value : {}) as Fields;
}

/**
 * Returns the text in a field.
 * @throws {CredentialError} ERR_EXEC_OUTPUT when it is missing, empty or no text.
 */
export function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw unreadable(`a JSON object without a text in "${name}"`);
}

/**
 * Returns the time in a field, in Unix milliseconds; undefined where there is none, or one that never comes.
 * @param shown the name of the field, for the message
 * @throws {CredentialError} ERR_CREDENTIAL_EXPIRY when it is anything else.
 */
export function timeIn(fields: Fields, name: string, shown: string = name): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const time = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (time === undefined) throw noTime(shown);
  return time === 'never' ? undefined : time;
}

/** Makes the error for a field that should tell when the credential expires. */
export function noTime(
  name: string,
  expected: string = 'a time such as 2006-01-02T15:04:05Z',
): CredentialError {
  return unreadable(`a JSON object in which "${name}" is not ${expected}`, {
    code: 'ERR_CREDENTIAL_EXPIRY',
  });
}

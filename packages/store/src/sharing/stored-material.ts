import {
  CredentialError,
  type CredentialErrorCode,
  type CredentialMaterial,
  errorCodes,
  type StoredRecord,
} from '@keyturn/core';
import { checkedMaterial } from './loaded-material.js';

/** What a source has given, as it is shared. */
export interface SharedMaterial {
  /** Names the load that gave it: a refusal or an expiry is of this and of nothing else. */
  readonly id: string;
  /** The row of loads that it belongs to, and its place there. */
  readonly line: string;
  readonly number: number;
  readonly material: CredentialMaterial;
  /** When it was given, by the clock of whoever wrote it. Unix milliseconds. */
  readonly writtenAt: number;
  /** How old it was already when this record was written: late, or because a failure was added to it. Milliseconds. */
  readonly agedMs: number;
}

/** A load that failed, told to those who waited for it. */
export interface SharedFailure {
  readonly id: string;
  readonly code: CredentialErrorCode;
  readonly message: string;
  /** By the clock of whoever wrote it. Unix milliseconds. */
  readonly writtenAt?: number | undefined;
  /** For how long the source is to be left alone, from then on. */
  readonly retryAfterMs?: number | undefined;
}

/** What stands in a record. */
export interface SharedContent {
  readonly loaded?: SharedMaterial | undefined;
  readonly failure?: SharedFailure | undefined;
}

/** What was read of a store. */
export interface SharedRecord extends SharedContent {
  readonly version: string;
  readonly isDeleted: boolean;
  /** What is there is not ours, or damaged. */
  readonly isUnreadable: boolean;
  readonly ageMs: number | undefined;
}

// Who reads a record of a later version says so, instead of serving half of it.
const format = 1;

// What two clocks may differ by before times are carried over: less is what the way to the store and back takes.
const sameClockMs = 1_000;

// As the manager does with what was born expired: it is used for that long.
const minimumHoldMs = 10_000;

/** Writes what is shared as text. */
export function encodeContent({ loaded, failure }: SharedContent): string {
  return JSON.stringify({ format, loaded, failure });
}

/**
 * Reads a record of a store.
 * @throws {CredentialError} ERR_STORE_RECORD, never quoting what is there.
 */
export function decodeRecord(stored: StoredRecord, subject: string): SharedRecord {
  const { version, value, ageMs } = stored;
  const common = { version, ageMs, isDeleted: value === undefined, isUnreadable: false };
  if (value === undefined) return common;
  const { loaded, failure } = parse(value, subject);
  return { ...common, loaded, failure };
}

function parse(value: string, subject: string): SharedContent {
  const content = jsonObject(value);
  if (content?.['format'] !== format) throw unreadable(subject);
  const { loaded, failure } = content as SharedContent;
  if (loaded !== undefined && !(isLoaded(loaded) && isFit(loaded))) throw unreadable(subject);
  return { loaded, failure: isFailure(failure) ? failure : undefined };
}

/** Returns the object that `text` is the JSON of, or undefined; what was wrong with it would quote it. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isLoaded(value: SharedMaterial): boolean {
  const { id, line, number, material, writtenAt, agedMs } = value ?? {};
  const areNumbers = [number, writtenAt, agedMs].every(Number.isFinite);
  const areNames = [id, line].every((each) => typeof each === 'string');
  return areNumbers && areNames && typeof material === 'object' && material !== null;
}

/** Another version may have taken what this one does not, and each load would fail with it until it expires. */
function isFit(loaded: SharedMaterial): boolean {
  if (!isUsable(loaded)) return true;
  try {
    checkedMaterial(loaded.material, 'store');
    return true;
  } catch {
    return false;
  }
}

function isFailure(value: SharedFailure | undefined): value is SharedFailure {
  const { id, code, message, writtenAt = 0, retryAfterMs = 0 } = value ?? {};
  const areTexts = [id, message].every((each) => typeof each === 'string');
  const areNumbers = [writtenAt, retryAfterMs].every(Number.isFinite);
  return areTexts && areNumbers && Object.hasOwn(errorCodes, code ?? '');
}

function unreadable(subject: string): CredentialError {
  return new CredentialError(
    'ERR_STORE_RECORD',
    `What the ${subject} holds is damaged, or was written by another program or a later version. Call "store.delete(key)" to clear it.`,
  );
}

/** Tells whether there is anything to put on a request. */
export function isUsable({ material }: SharedMaterial): boolean {
  const { token, headers, clientCertificate, anonymous } = material;
  return (token ?? headers ?? clientCertificate) !== undefined || anonymous === true;
}

/** How long ago it was given. Milliseconds; undefined where the store has no clock. */
export function ageOf({ ageMs, loaded }: SharedRecord): number | undefined {
  return ageMs === undefined ? undefined : ageMs + (loaded?.agedMs ?? 0);
}

/**
 * Returns the material as it is by the clock here: what still lasts a minute by the clock of whoever wrote it lasts a minute, whatever
 * that clock shows. Without a clock of the store the times are taken as they are.
 */
export function materialHere(
  record: SharedRecord,
  loaded: SharedMaterial,
  now: number,
): CredentialMaterial {
  const { material, writtenAt } = loaded;
  const ageMs = ageOf(record);
  const shiftMs = ageMs === undefined ? 0 : now - ageMs - writtenAt;
  if (Math.abs(shiftMs) < sameClockMs) return material;
  return {
    ...material,
    expiresAt: shifted(material.expiresAt, shiftMs),
    refreshAt: shifted(material.refreshAt, shiftMs),
  };
}

function shifted(time: number | undefined, shiftMs: number): number | undefined {
  return time === undefined ? undefined : time + shiftMs;
}

/**
 * Tells whether material has not expired, as a manager judges that: less a clock skew of at most 10 s and a tenth of its lifetime;
 * what was born expired is used for 10 s.
 */
export function isGood(record: SharedRecord, loaded: SharedMaterial, now: number): boolean {
  const { expiresAt } = materialHere(record, loaded, now);
  if (!isUsable(loaded)) return false;
  if (expiresAt === undefined) return true;
  const ageMs = ageOf(record) ?? now - loaded.writtenAt;
  const lifetimeMs = expiresAt - (now - ageMs);
  if (lifetimeMs <= 0) return ageMs >= 0 && ageMs < minimumHoldMs;
  return now < expiresAt - Math.min(minimumHoldMs, lifetimeMs / 10);
}

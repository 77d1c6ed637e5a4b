import type { BigIntStats } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { CredentialError, type CredentialErrorCode, isCredentialError } from './errors.js';
import { quoted } from './printable.js';
import { fileReasonOf, systemErrorIn } from './system-error.js';

// A write that is in progress has ended by then: together a third of a second.
const pausesMs = [10, 20, 40, 80, 160];

/** How often in a row nothing is taken that was written just now: a file may have a time that lies ahead, and be whole. */
export const patientReads: number = pausesMs.length;

// Somebody who writes a file in pieces does not pause for longer between them.
export const settledMs = 30;

// Far more than any token, or certificate with its chain.
const maxFileBytes = 1_048_576;

/**
 * Reads what somebody else may be writing: what looks like a write in progress is read again a few times.
 * @param read once; a patient one refuses what was written just now
 * @throws {CredentialError} what was wrong when it was read last.
 */
export async function untilSettled<Result>(
  read: (isPatient: boolean) => Result | Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  for (const pauseMs of pausesMs) {
    try {
      return await read(true);
    } catch {
      // The last try says what is wrong.
      await pause(pauseMs, undefined, { ...(signal && { signal }) });
    }
  }
  return await read(false);
}

/**
 * Returns what differs where the file, or the one that a link leads to, is another one or has been written.
 * @param code of what is thrown where it is no file, or one that nobody has meant
 */
export function stampOf(
  path: string,
  stats: BigIntStats,
  { isPatient, code }: { readonly isPatient: boolean; readonly code: FileReadCode },
): string {
  if (!stats.isFile()) throw fileError(code, path, 'is not a file. Give the path of one');
  if (stats.size > maxFileBytes) {
    throw fileError(
      code,
      path,
      'has more than a megabyte. Give the path of a token, certificate or key',
    );
  }
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  const ageMs = Date.now() - Number(mtimeNs / 1_000_000n);
  if (isPatient && ageMs < settledMs) throw stillWritten(code, path);
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

export type FileReadCode = Extract<CredentialErrorCode, 'ERR_FILE_READ' | 'ERR_TRUST_READ'>;

const inProgress = new WeakSet<object>();

/** Makes the error for a file that is being written. */
export function stillWritten(code: FileReadCode, path: string): CredentialError {
  const fact = 'changes while it is read. It is read again with the next request';
  const error = fileError(code, path, fact);
  inProgress.add(error);
  return error;
}

/** Tells whether a file was not taken because it is being written: that is no fault, and soon over. */
export function isStillWritten(error: unknown): boolean {
  return typeof error === 'object' && error !== null && inProgress.has(error);
}

/** Makes a failure of the file system an error of ours; one of ours it returns as it is. */
export function unreadable(code: FileReadCode, path: string, error: unknown): CredentialError {
  if (isCredentialError(error)) return error;
  const said = systemErrorIn(error)?.code ?? 'nothing';
  const { reason, advice } = fileReasonOf(said);
  const fact = reason.endsWith(said) ? reason : `${reason} (${said})`;
  return fileError(code, path, `cannot be read: ${fact}. ${advice.slice(0, -1)}`);
}

export function fileError(code: CredentialErrorCode, path: string, fact: string): CredentialError {
  return new CredentialError(code, `File ${quoted(path)} ${fact}.`);
}

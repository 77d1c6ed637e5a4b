import fs from 'node:fs/promises';
import { stampOf, stillWritten, unreadable, untilSettled } from '../settled-file.js';

/**
 * Reads a file that somebody else may be writing: what looks like a write in progress is read again a few times.
 * @throws {CredentialError} ERR_FILE_READ, with the path and the reason.
 */
export function readTextFile(path: string, signal?: AbortSignal): Promise<string> {
  return untilSettled((isPatient) => readOnce(path, isPatient), signal);
}

async function readOnce(path: string, isPatient: boolean): Promise<string> {
  const stamp = async (isPatientNow: boolean): Promise<string> => {
    const stats = await fs.stat(path, { bigint: true });
    return stampOf(path, stats, { isPatient: isPatientNow, code: 'ERR_FILE_READ' });
  };
  try {
    const before = await stamp(isPatient);
    const text = await fs.readFile(path, 'utf8');
    if ((await stamp(false)) === before) return text;
  } catch (error) {
    throw unreadable('ERR_FILE_READ', path, error);
  }
  throw stillWritten('ERR_FILE_READ', path);
}

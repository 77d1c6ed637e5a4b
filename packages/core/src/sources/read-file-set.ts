import fs from 'node:fs/promises';
import type { ClientCertificate, CredentialMaterial } from '../contract.js';
import { CredentialError, type CredentialErrorCode } from '../errors.js';
import { inspectPair } from '../lifecycle/key-pair.js';
import { quoted } from '../printable.js';
import { fileError, stampOf, stillWritten, unreadable, untilSettled } from '../settled-file.js';
import type { FileSet, PathOrText } from './file-source.js';

/**
 * Reads the files as one set: none of them has changed just now or while another was read, the pair belongs together, and nothing
 * is empty. What looks like a write in progress is read again a few times.
 * @throws {CredentialError} what was wrong with the set when it was read last, with the path.
 */
export function readFileSet(set: FileSet, signal: AbortSignal): Promise<CredentialMaterial> {
  return untilSettled((isPatient) => readOnce(set, isPatient), signal);
}

async function readOnce(set: FileSet, isPatient: boolean): Promise<CredentialMaterial> {
  const paths = Object.values(set).filter((part) => typeof part === 'string');
  const all = (step: (path: string) => Promise<string>): Promise<string[]> =>
    Promise.all(paths.map(step));
  const before = await all((path) => readStamp(path, isPatient));
  const texts = await all((path) => orUnreadable(path, () => fs.readFile(path, 'utf8')));
  const after = await all((path) => readStamp(path, false));
  const changed = paths.find((_, index) => before[index] !== after[index]);
  if (changed !== undefined) throw stillWritten('ERR_FILE_READ', changed);
  const textOf = (part: PathOrText | undefined): string | undefined =>
    typeof part === 'string' ? texts[paths.indexOf(part)] : part?.text;
  return {
    token: tokenIn(textOf(set.token), set),
    clientCertificate: pairIn(textOf(set.certificate), textOf(set.privateKey), set),
  };
}

function readStamp(path: string, isPatient: boolean): Promise<string> {
  return orUnreadable(path, async () => {
    const stats = await fs.stat(path, { bigint: true });
    return stampOf(path, stats, { isPatient, code: 'ERR_FILE_READ' });
  });
}

async function orUnreadable(path: string, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    throw unreadable('ERR_FILE_READ', path, error);
  }
}

function tokenIn(text: string | undefined, set: FileSet): string | undefined {
  if (text === undefined) return undefined;
  // A mark that stands before the text counts as a blank.
  const token = text.trim();
  if (token === '') {
    throw partError('ERR_CREDENTIAL_EMPTY', set, 'token', 'is empty. Write the token there');
  }
  if (/^[\x20-\x7e]*$/.test(token)) return token;
  throw partError(
    'ERR_CREDENTIAL_TOKEN',
    set,
    'token',
    'holds more than one line, or a character that cannot stand in an HTTP header. Write the token alone there',
  );
}

function pairIn(
  certificate: string | undefined,
  privateKey: string | undefined,
  set: FileSet,
): ClientCertificate | undefined {
  if (certificate === undefined || privateKey === undefined) return undefined;
  const pair = { certificate, privateKey };
  const inspected = inspectPair(pair);
  if (!('fact' in inspected)) return pair;
  const { part, code, fact } = inspected;
  if (code !== 'ERR_CREDENTIAL_KEY_MISMATCH') throw partError(code, set, part, fact);
  const { certificate: other } = set;
  const there = typeof other === 'string' ? `in ${quoted(other)}` : 'beside it';
  throw partError(code, set, part, `does not belong to the certificate ${there}`);
}

/** Of a text nobody is told, for it may be a key: its name has to do. */
function partError(
  code: CredentialErrorCode,
  set: FileSet,
  name: keyof FileSet,
  fact: string,
): CredentialError {
  const part = set[name];
  if (typeof part === 'string') return fileError(code, part, fact);
  return new CredentialError(code, `Text "${name}" of fileSource ${fact}.`);
}

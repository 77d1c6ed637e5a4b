import fs from 'node:fs/promises';
import type { ClientCertificate, CredentialMaterial } from '../contract.js';
import { inspectPair } from '../lifecycle/key-pair.js';
import { quoted } from '../printable.js';
import { fileError, stampOf, stillWritten, unreadable, untilSettled } from '../settled-file.js';
import type { FilePaths } from './file-source.js';

/**
 * Reads the files as one set: none of them has changed just now or while another was read, the pair belongs together, and nothing
 * is empty. What looks like a write in progress is read again a few times.
 * @throws {CredentialError} what was wrong with the set when it was read last, with the path.
 */
export function readFileSet(paths: FilePaths, signal: AbortSignal): Promise<CredentialMaterial> {
  return untilSettled((isPatient) => readOnce(paths, isPatient), signal);
}

async function readOnce(paths: FilePaths, isPatient: boolean): Promise<CredentialMaterial> {
  const names = Object.keys(paths) as (keyof FilePaths)[];
  const all = (step: (path: string) => Promise<string>): Promise<string[]> =>
    Promise.all(names.map((name) => step(paths[name] as string)));
  const before = await all((path) => readStamp(path, isPatient));
  const texts = await all((path) => orUnreadable(path, () => fs.readFile(path, 'utf8')));
  const after = await all((path) => readStamp(path, false));
  const changed = names.find((_, index) => before[index] !== after[index]);
  if (changed !== undefined) throw stillWritten('ERR_FILE_READ', paths[changed] ?? '');
  const { token, certificate, privateKey }: Partial<Record<keyof FilePaths, string>> =
    Object.fromEntries(names.map((name, index) => [name, texts[index]]));
  return {
    token: tokenIn(token, paths.token),
    clientCertificate: pairIn(certificate, privateKey, paths),
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

function tokenIn(text: string | undefined, path: string = ''): string | undefined {
  if (text === undefined) return undefined;
  // A mark that stands before the text counts as a blank.
  const token = text.trim();
  if (token === '') {
    throw fileError('ERR_CREDENTIAL_EMPTY', path, 'is empty. Write the token there');
  }
  if (/^[\x20-\x7e]*$/.test(token)) return token;
  throw fileError(
    'ERR_CREDENTIAL_TOKEN',
    path,
    'holds more than one line, or a character that cannot stand in an HTTP header. Write the token alone there',
  );
}

function pairIn(
  certificate: string | undefined,
  privateKey: string | undefined,
  paths: FilePaths,
): ClientCertificate | undefined {
  if (certificate === undefined || privateKey === undefined) return undefined;
  const pair = { certificate, privateKey };
  const inspected = inspectPair(pair);
  if (!('fact' in inspected)) return pair;
  const { part, code, fact } = inspected;
  const isForeign = code === 'ERR_CREDENTIAL_KEY_MISMATCH';
  const what = isForeign
    ? `does not belong to the certificate in ${quoted(paths.certificate ?? '')}`
    : fact;
  throw fileError(code, paths[part] ?? '', what);
}

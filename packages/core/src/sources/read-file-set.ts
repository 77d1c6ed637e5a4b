import fs from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientCertificate, CredentialMaterial } from '../contract.js';
import { CredentialError, isCredentialError } from '../errors.js';
import { inspectPair } from '../lifecycle/key-pair.js';
import { quoted } from '../printable.js';
import { fileReasonOf, systemErrorIn } from '../system-error.js';
import type { FilePaths } from './file-source.js';

// A write that is in progress has ended by then: together a third of a second.
const pausesMs = [10, 20, 40, 80, 160];

// Somebody who writes a file in pieces does not pause for longer between them.
const settledMs = 30;

// Far more than any token, or certificate with its chain.
const maxFileBytes = 1_048_576;

/**
 * Reads the files as one set: none of them has changed just now or while another was read, the pair belongs together, and nothing
 * is empty. What looks like a write in progress is read again a few times.
 * @throws {CredentialError} what was wrong with the set when it was read last, with the path.
 */
export async function readFileSet(
  paths: FilePaths,
  signal: AbortSignal,
): Promise<CredentialMaterial> {
  for (const pauseMs of pausesMs) {
    try {
      return await readOnce(paths, true);
    } catch {
      // The last try says what is wrong.
      await pause(pauseMs, undefined, { signal });
    }
  }
  return await readOnce(paths, false);
}

async function readOnce(paths: FilePaths, isPatient: boolean): Promise<CredentialMaterial> {
  const names = Object.keys(paths) as (keyof FilePaths)[];
  const all = (step: (path: string) => Promise<string>): Promise<string[]> =>
    Promise.all(names.map((name) => step(paths[name] as string)));
  const before = await all((path) => stampOf(path, isPatient));
  const texts = await all(textOf);
  const after = await all((path) => stampOf(path, false));
  const changed = names.find((_, index) => before[index] !== after[index]);
  if (changed !== undefined) {
    throw stillWritten(paths[changed]);
  }
  const { token, certificate, privateKey }: Partial<Record<keyof FilePaths, string>> =
    Object.fromEntries(names.map((name, index) => [name, texts[index]]));
  return {
    token: tokenIn(token, paths.token),
    clientCertificate: pairIn(certificate, privateKey, paths),
  };
}

/** Differs where the file, or the one that a link leads to, is another one or has been written. */
function stampOf(path: string, isPatient: boolean): Promise<string> {
  return orUnreadable(path, async () => {
    const stats = await fs.stat(path, { bigint: true });
    if (!stats.isFile())
      throw fileError('ERR_FILE_READ', path, 'is not a file. Give the path of one');
    if (stats.size > maxFileBytes) {
      throw fileError(
        'ERR_FILE_READ',
        path,
        'has more than a megabyte. Give the path of a token, certificate or key',
      );
    }
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    const ageMs = Date.now() - Number(mtimeNs / 1_000_000n);
    if (isPatient && ageMs < settledMs) throw stillWritten(path);
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  });
}

const textOf = (path: string): Promise<string> =>
  orUnreadable(path, () => fs.readFile(path, 'utf8'));

async function orUnreadable(path: string, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch (error) {
    if (isCredentialError(error)) throw error;
    const code = systemErrorIn(error)?.code ?? 'nothing';
    const { reason, advice } = fileReasonOf(code);
    const fact = reason.endsWith(code) ? reason : `${reason} (${code})`;
    throw fileError('ERR_FILE_READ', path, `cannot be read: ${fact}. ${advice.slice(0, -1)}`);
  }
}

function tokenIn(text: string | undefined, path: string | undefined): string | undefined {
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
  throw fileError(code, paths[part], what);
}

function stillWritten(path: string | undefined): CredentialError {
  return fileError(
    'ERR_FILE_READ',
    path,
    'changes while it is read. It is read again with the next request',
  );
}

type FileCode =
  | 'ERR_FILE_READ'
  | 'ERR_CREDENTIAL_EMPTY'
  | 'ERR_CREDENTIAL_TOKEN'
  | 'ERR_CREDENTIAL_CERTIFICATE'
  | 'ERR_CREDENTIAL_KEY_MISMATCH';

function fileError(code: FileCode, path: string | undefined, fact: string): CredentialError {
  return new CredentialError(code, `File ${quoted(path ?? '')} ${fact}.`);
}

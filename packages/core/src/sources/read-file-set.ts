import { type FileHandle, open, realpath } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientCertificate, CredentialMaterial } from '../contract.js';
import { CredentialError, isCredentialError } from '../errors.js';
import { inspectPair } from '../lifecycle/key-pair.js';
import { quoted } from '../printable.js';
import { systemErrorIn } from '../system-error.js';
import type { FilePaths } from './file-source.js';

// A write that is in progress has ended by then: together a third of a second.
const pausesMs = [10, 20, 40, 80, 160];

// Far more than any token, or certificate with its chain.
const maxFileBytes = 1_048_576;

/**
 * Reads the files as one set: none of them has changed while another was read, the pair belongs together, and nothing is empty. What
 * looks like a write in progress is read again a few times.
 * @throws {CredentialError} what was wrong with the set when it was read last, with the path.
 */
export async function readFileSet(
  paths: FilePaths,
  signal: AbortSignal,
): Promise<CredentialMaterial> {
  for (const pauseMs of pausesMs) {
    try {
      return await readOnce(paths);
    } catch {
      // The last try says what is wrong.
      await pause(pauseMs, undefined, { signal });
    }
  }
  return await readOnce(paths);
}

async function readOnce(paths: FilePaths): Promise<CredentialMaterial> {
  const names = Object.keys(paths) as (keyof FilePaths)[];
  const read = async (): Promise<ReadFile[]> =>
    Promise.all(names.map((name) => readFile(paths[name] as string)));
  const [first, again] = [await read(), await read()];
  const changed = first.findIndex(({ stamp }, index) => stamp !== again[index]?.stamp);
  if (changed !== -1) {
    throw fileError(
      'ERR_FILE_READ',
      paths[names[changed] as keyof FilePaths],
      'changes while it is read. It is read again with the next request',
    );
  }
  const texts = Object.fromEntries(names.map((name, index) => [name, first[index]?.text]));
  return {
    token: tokenIn(texts['token'], paths.token),
    clientCertificate: pairIn(texts['certificate'], texts['privateKey'], paths),
  };
}

interface ReadFile {
  readonly text: string;
  /** Differs where the file, or the one that a link leads to, is another one or has been written. */
  readonly stamp: string;
}

async function readFile(path: string): Promise<ReadFile> {
  let handle: FileHandle | undefined;
  try {
    const place = await realpath(path);
    handle = await open(place);
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile())
      throw fileError('ERR_FILE_READ', path, 'is not a file. Give the path of one');
    if (stats.size > maxFileBytes) {
      throw fileError(
        'ERR_FILE_READ',
        path,
        'has more than a megabyte. Give the path of a token, certificate or key',
      );
    }
    const { ino, size, mtimeNs, ctimeNs } = stats;
    const text = await handle.readFile('utf8');
    return { text, stamp: [place, ino, size, mtimeNs, ctimeNs].join(' ') };
  } catch (error) {
    throw isCredentialError(error) ? error : unreadable(path, error);
  } finally {
    await handle?.close();
  }
}

function tokenIn(text: string | undefined, path: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const token = text.replace(/^\ufeff/, '').trim();
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

function unreadable(path: string, error: unknown): CredentialError {
  const code = systemErrorIn(error)?.code ?? 'nothing';
  const [reason, advice] = reasons[code] ?? [`the system says ${code}`, 'Try to read it by hand'];
  return fileError('ERR_FILE_READ', path, `cannot be read: ${reason}. ${advice}`);
}

const reasons: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  ENOENT: ['it does not exist (ENOENT)', 'Correct the path, or put the file there'],
  ENOTDIR: ['a part of its path is a file (ENOTDIR)', 'Correct the path'],
  EACCES: ['permission is denied (EACCES)', 'Allow the user of this program to read it'],
  EPERM: ['permission is denied (EPERM)', 'Allow the user of this program to read it'],
  EISDIR: ['it is a directory (EISDIR)', 'Name a file in it'],
  ELOOP: ['its links lead in a circle (ELOOP)', 'Name the file itself'],
};

type FileCode =
  | 'ERR_FILE_READ'
  | 'ERR_CREDENTIAL_EMPTY'
  | 'ERR_CREDENTIAL_TOKEN'
  | 'ERR_CREDENTIAL_CERTIFICATE'
  | 'ERR_CREDENTIAL_KEY_MISMATCH';

function fileError(code: FileCode, path: string | undefined, fact: string): CredentialError {
  return new CredentialError(code, `File ${quoted(path ?? '')} ${fact}.`);
}

import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import { CredentialError } from '@keyturn/core';
import { quoted } from '@keyturn/core/binding';

const ownDirectory = 0o700;
const ownFile = 0o600;

// Windows has neither: there the profile of the user is closed to others by its access list.
const hasModes = process.platform !== 'win32';

/**
 * Makes sure that `path` is a directory of this user's own, and makes it where there is none.
 * @throws {CredentialError} ERR_STORE_UNSAFE, saying what is wrong with it.
 */
export async function ownedDirectory(path: string): Promise<void> {
  const stats = await statsOf(path);
  if (stats === undefined) {
    await fs.mkdir(path, { recursive: true, mode: ownDirectory });
    return await checkDirectory(path, await fs.lstat(path));
  }
  await checkDirectory(path, stats);
}

/** The same where it is there; resolves with false where it is not. */
export async function isOwnedDirectory(path: string): Promise<boolean> {
  const stats = await statsOf(path);
  if (stats !== undefined) await checkDirectory(path, stats);
  return stats !== undefined;
}

async function checkDirectory(path: string, stats: Stats): Promise<void> {
  if (stats.isSymbolicLink()) throw unsafe(path, 'is a link. Give the directory that it leads to');
  if (!stats.isDirectory()) throw unsafe(path, 'is not a directory');
  checkOwner(path, stats, 'chmod 700');
}

/**
 * Reads a file of this user's own, which is not a link; undefined where it is not there.
 * @throws {CredentialError} ERR_STORE_UNSAFE
 */
export async function readOwned(path: string): Promise<string | undefined> {
  const file = await openOwned(path);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw unsafe(path, 'is not a file');
    checkOwner(path, stats, 'chmod 600');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function openOwned(path: string): Promise<Awaited<ReturnType<typeof fs.open>> | undefined> {
  try {
    // A pipe that somebody put there would otherwise be waited for.
    return await fs.open(path, fs.constants.O_RDONLY | noFollow | noBlock);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP' || codeOf(error) === 'EMLINK')
      throw unsafe(path, 'is a link. Remove it');
    throw error;
  }
}

// Windows has neither.
const noFollow = fs.constants.O_NOFOLLOW ?? 0;
const noBlock = fs.constants.O_NONBLOCK ?? 0;

/** Writes a file that nobody has yet. @throws the error of the system; EEXIST where somebody has. */
export async function writeNew(path: string, text: string, isDurable: boolean): Promise<void> {
  const file = await fs.open(path, 'wx', ownFile);
  try {
    await file.writeFile(text);
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
}

/** Has the disk keep what was linked into a directory, where the system can do that. */
export async function syncDirectory(path: string): Promise<void> {
  if (!hasModes) return;
  const directory = await fs.open(path, fs.constants.O_RDONLY);
  try {
    await directory.sync();
  } catch {
    // Some file systems do not know how; they do it by themselves, or not at all.
  } finally {
    await directory.close();
  }
}

export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function checkOwner(path: string, { uid, mode }: Stats, command: string): void {
  if (!hasModes) return;
  if (uid !== process.getuid?.()) {
    throw unsafe(path, 'belongs to another user. Remove it, or give a directory of your own');
  }
  if ((mode & 0o077) !== 0) {
    throw unsafe(
      path,
      `is open to other users. Close it with "${command}", and renew what it held`,
    );
  }
}

function unsafe(path: string, fact: string): CredentialError {
  return new CredentialError('ERR_STORE_UNSAFE', `${quoted(path)} ${fact}.`);
}

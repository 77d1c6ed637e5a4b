import { oneLine, quoted } from './printable.js';

/** What the system says when it refuses something, as far as it can be repeated. */
export interface SystemError {
  /** Such as ENOENT. */
  readonly code: string;
  /** What was tried and with what, such as `open "/run/token"`. */
  readonly attempt: string;
}

/**
 * Finds the error of the system in what somebody threw: itself, what it was caused by, as fetch has it, or the first of
 * several. Undefined where there is none.
 *
 * Of an error of the system it is known what its fields hold: a path, an address, a host. Nothing else of it is read, and no
 * getter is run. Never throws.
 */
export function systemErrorIn(thrown: unknown): SystemError | undefined {
  const cause = own(thrown, 'cause');
  for (const error of [thrown, cause, first(thrown), first(cause)]) {
    const [code, syscall] = [own(error, 'code'), own(error, 'syscall')];
    if (!isWord(code, /^E[A-Z0-9_]{1,30}$/) || !isWord(syscall, /^[a-z]\w{1,30}$/i)) continue;
    if (typeof own(error, 'errno') !== 'number') continue;
    return { code, attempt: [syscall, subjectOf(error)].filter((part) => part !== '').join(' ') };
  }
  return undefined;
}

function subjectOf(error: unknown): string {
  const text = (name: string): string | undefined => {
    const value = own(error, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [path, address, host] = [text('path'), text('address'), text('hostname')];
  // The arguments of a program that could not be started may be secret; its name is its path.
  if (path !== undefined) return quoted(path);
  const port = own(error, 'port');
  if (address !== undefined)
    return oneLine(typeof port === 'number' ? `${address}:${port}` : address);
  return host === undefined ? '' : oneLine(host);
}

function first(error: unknown): unknown {
  const errors = own(error, 'errors');
  return Array.isArray(errors) ? own(errors, '0') : undefined;
}

function isWord(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

/** A value that stands on the object itself. */
function own(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  try {
    return Object.getOwnPropertyDescriptor(object, name)?.value;
  } catch {
    // A proxy.
    return undefined;
  }
}

/** Why a file cannot be read, for the codes that files have, and what to do about it. */
export interface FileReason {
  /** A phrase, such as `it does not exist`. */
  readonly reason: string;
  /** A sentence. */
  readonly advice: string;
}

/** Returns what a code of the system says of a file, and for others the code. */
export function fileReasonOf(code: string): FileReason {
  const [reason, advice] = fileReasons[code] ?? [
    `the system says ${code}`,
    'Try to read it by hand.',
  ];
  return { reason, advice };
}

const fileReasons: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  ENOENT: ['it does not exist', 'Correct the path, or put the file there.'],
  ENOTDIR: ['a part of its path is a file, not a folder', 'Correct the path.'],
  EACCES: ['permission is denied', 'Allow the user of this program to read it.'],
  EPERM: ['permission is denied', 'Allow the user of this program to read it.'],
  EISDIR: ['it is a directory', 'Name a file in it.'],
  ELOOP: ['its links lead in a circle', 'Name the file itself.'],
  ENAMETOOLONG: ['its path is too long', 'Correct the path.'],
};

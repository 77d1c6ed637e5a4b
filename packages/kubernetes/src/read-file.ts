import { readFile } from 'node:fs/promises';
import { CredentialError, quoted } from '@keyturn/core/binding';
import { type Fields, subjectOf } from './fields.js';

/**
 * Reads the file that the field `name` names.
 * @throws {CredentialError} ERR_KUBECONFIG_READ naming the file and the field.
 */
export async function readNamedFile(
  file: string,
  fields: Fields,
  name: string,
  encoding: BufferEncoding = 'utf8',
): Promise<string> {
  try {
    return await readFile(file, encoding);
  } catch (error) {
    throw readFailure(
      error,
      `File ${quoted(file)}, which field "${name}" of ${subjectOf(fields.place)} names,`,
    );
  }
}

/** Makes a failure of the file system an error of ours, with its code and none of its words. */
export function readFailure(error: unknown, subject: string): CredentialError {
  const { code } = error as NodeJS.ErrnoException;
  return new CredentialError(
    'ERR_KUBECONFIG_READ',
    `${subject} cannot be read: ${reasons[code ?? ''] ?? code}.`,
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
};

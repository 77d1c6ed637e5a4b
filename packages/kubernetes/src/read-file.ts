import { open } from 'node:fs/promises';
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
    return (await readBounded(file)).toString(encoding);
  } catch (error) {
    throw readFailure(
      error,
      `File ${quoted(file)}, which field "${name}" of ${subjectOf(fields.place)} names,`,
    );
  }
}

/**
 * Reads a file whole, or up to a byte more than anything that a kubeconfig names may have: a device has no end. Whoever
 * reads the result finds it too large.
 */
export async function readBounded(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const handle = await open(file);
  const stream = handle.createReadStream({ end: maxFileBytes, highWaterMark: 1_048_576 });
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

// In UTF-16, what is the longest kubeconfig takes twice as much.
const maxFileBytes = 33_554_432;

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

import { open } from 'node:fs/promises';
import { CredentialError, quoted } from '@keyturn/core/binding';
import { fileReasonOf } from '@keyturn/core/text';
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
      unexpanded(file) ?? adviceFor(error, file),
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

/**
 * Makes a failure of the file system an error of ours, with its code and none of its words.
 * @param advice what to do, a sentence; default: what helps for this reason.
 */
export function readFailure(
  error: unknown,
  subject: string,
  advice: string = adviceFor(error),
): CredentialError {
  const { reason } = fileReasonOf(codeOf(error));
  return new CredentialError(
    'ERR_KUBECONFIG_READ',
    `${subject} cannot be read: ${reason}. ${advice}`,
  );
}

/** Says of a path that the shell would have changed, and kubectl does not, that nobody does; undefined for others. */
export function unexpanded(file: string): string | undefined {
  const [found] = /(?<![^\\/])~[^\\/]*(?=[\\/]|$)|\$\{?\w+\}?|%\w+%/.exec(file) ?? [];
  if (found === undefined) return undefined;
  return `${quoted(found)} is not expanded, by kubectl neither: write the whole path.`;
}

function adviceFor(error: unknown, file?: string): string {
  const code = codeOf(error);
  // A path that was relative has grown, and the reader sees where it was looked for.
  if (code === 'ENOENT' && file !== undefined) {
    return 'Correct the path, or put the file there; a relative path begins at the folder of the kubeconfig.';
  }
  return fileReasonOf(code).advice;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'nothing';
}

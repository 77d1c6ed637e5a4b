import type { Clock } from '@keyturn/core';
import { CredentialError, isCredentialError, quoted } from '@keyturn/core/binding';
import { readTextFile } from '@keyturn/core/text';

/** What a function that gives a secret is told. */
export interface SecretContext {
  /** Aborted when the manager closes. */
  readonly signal: AbortSignal;
  /** The clock of the manager. */
  readonly clock: Clock;
}

/**
 * A secret as it is, or where it is had from anew with each load: a file that somebody else renews, with blanks around its text that
 * do not count, or a function.
 */
export type SecretText =
  | string
  | { readonly file: string }
  | ((context: SecretContext) => string | Promise<string>);

/** One load: by whose clock, until when, and what must appear in none of its errors. */
export interface Attempt extends SecretContext {
  readonly secrets: Set<string>;
}

/**
 * Returns `given` as it is now.
 * @throws {TypeError} naming the option of `caller`.
 */
export function checkSecret(name: string, given: unknown, caller = 'oauthSource'): SecretText {
  if (typeof given === 'function') return given as SecretText;
  if (typeof given === 'string' && given !== '') return given;
  const file =
    typeof given === 'object' && given !== null && Object.hasOwn(given, 'file')
      ? (given as { readonly file: unknown }).file
      : undefined;
  if (typeof file === 'string' && file !== '') return Object.freeze({ file });
  throw new TypeError(
    `Option "${name}" of ${caller} must be a text that is not empty, { file } with a path, or a function that returns the text.`,
  );
}

/**
 * Reads a secret for this load, and has it kept out of its errors.
 * @param name of the option, for messages
 * @throws {CredentialError} ERR_FILE_READ or ERR_OAUTH_SECRET; what a function throws of ours with its own code.
 */
export async function readSecret(
  name: string,
  secret: SecretText,
  attempt: Attempt,
): Promise<string> {
  const text = await textOf(name, secret, attempt);
  if (typeof text !== 'string' || text === '') {
    const found = typeof secret === 'object' ? `file ${quoted(secret.file)} is empty` : nothing;
    throw new CredentialError('ERR_OAUTH_SECRET', `Secret "${name}" is missing: ${found}.`);
  }
  attempt.secrets.add(text);
  return text;
}

const nothing = 'the function that gives it returned no text';

async function textOf(name: string, secret: SecretText, attempt: Attempt): Promise<unknown> {
  if (typeof secret === 'string') return secret;
  if (typeof secret === 'object') return (await readTextFile(secret.file, attempt.signal)).trim();
  try {
    return await secret({ signal: attempt.signal, clock: attempt.clock });
  } catch (error) {
    attempt.signal.throwIfAborted();
    if (isCredentialError(error)) throw ofAnother(error);
    throw new CredentialError(
      'ERR_OAUTH_SECRET',
      `The function that gives secret "${name}" failed; "original()" of this error returns what it threw.`,
      { original: error },
    );
  }
}

/**
 * The failure of another manager, whose certificate or token is used here, with its code. That one asks its source again when it is
 * told to; if its failure were final here, too, this one would never hear of it.
 */
export function ofAnother({ code, message }: CredentialError): CredentialError {
  return new CredentialError(code, message);
}

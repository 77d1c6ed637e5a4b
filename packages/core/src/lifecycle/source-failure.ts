import { CredentialError, isCredentialError } from '../errors.js';
import { quoted } from '../printable.js';
import { systemErrorIn } from '../system-error.js';
import type { Patience } from './patience.js';

// Codes of system errors are safe to repeat; messages of a stranger's error are not.
const safeCode = /^[A-Z][A-Z0-9_]{1,63}$/;

/**
 * Returns what the callers of a failed load get: a CredentialError as it is, anything else wrapped.
 *
 * Never throws, whatever it is given: a source may throw a proxy, an object whose getters throw, or nothing at all, and
 * what got past this would get past the pause as well.
 */
export function asCredentialError(thrown: unknown, sourceName: string): CredentialError {
  if (isCredentialError(thrown) && hasPlainFields(thrown)) return thrown;
  return new CredentialError(
    'ERR_SOURCE_FAILED',
    `Credential source ${quoted(sourceName)} failed${reasonOf(thrown)}; "original()" of this error returns what it threw, and with NODE_DEBUG=keyturn it is the cause.`,
    { original: thrown },
  );
}

/** Says of a failed load that no other one follows by itself, or not soon. */
export function describeGivingUp(
  error: CredentialError,
  { isOver, unanswered, restMs }: Pick<Patience, 'isOver' | 'unanswered' | 'restMs'>,
): CredentialError {
  const { code, message, exitCode, signal, stderr } = error;
  const consequence = isOver
    ? `Nobody has answered ${unanswered} times in a row: the source is not asked again until "refresh()" is called.`
    : `It has taken long ${unanswered} times in a row, perhaps for a login that nobody answers: the source is asked again in some ${Math.round(restMs / 60_000)} minutes, or when "refresh()" is called.`;
  return new CredentialError(code, `${message} ${consequence}`, {
    exitCode,
    signal,
    stderr,
    original: originalOf(error),
  });
}

/** What is read of an error by us, by loggers and by the program. */
const fields = ['code', 'message', 'exitCode', 'signal', 'stderr'] as const;

/** Tells whether each field is a value, so that to read it once more neither throws nor gives another one. */
function hasPlainFields(error: object): boolean {
  if (process.getBuiltinModule('node:util').types.isProxy(error)) return false;
  try {
    const own = Object.getOwnPropertyDescriptors(error) as Record<string, PropertyDescriptor>;
    const isPlain = (name: string): boolean => {
      const descriptor = own[name];
      return descriptor === undefined ? !(name in error) : 'value' in descriptor;
    };
    const { code, message } = own;
    return (
      safeCode.test(String(code?.value)) &&
      typeof message?.value === 'string' &&
      fields.every(isPlain)
    );
  } catch {
    // One of its prototypes is a proxy.
    return false;
  }
}

/** What can be said of any error without knowing whose it is. */
function reasonOf(thrown: unknown): string {
  const system = systemErrorIn(thrown);
  if (system !== undefined) return ` with ${system.code}, ${system.attempt}`;
  const code = codeOf(thrown);
  return code === undefined ? '' : ` with ${code}`;
}

function codeOf(thrown: unknown): string | undefined {
  try {
    const { code } = thrown as { readonly code?: unknown };
    return typeof code === 'string' && safeCode.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function originalOf(error: CredentialError): unknown {
  try {
    return error.original();
  } catch {
    // Of another copy of this package, or made by hand.
    return undefined;
  }
}

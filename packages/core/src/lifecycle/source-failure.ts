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

/** What a failure says of the next load. */
export interface NextLoad {
  /** Whether it is of no use before a person has done something. */
  readonly isFinal: boolean;
  /** How long to leave the source alone at least. Milliseconds; 0 where it said nothing. */
  readonly retryAfterMs: number;
}

/** Returns what `error` says of the next load; of a foreign copy, or made by hand, it may say anything. */
export function nextLoadAfter({ isFinal, retryAfterMs }: CredentialError): NextLoad {
  const isTime = typeof retryAfterMs === 'number' && retryAfterMs > 0;
  return { isFinal: isFinal === true, retryAfterMs: isTime ? retryAfterMs : 0 };
}

/** Says of a failed load that no other one follows by itself, or not soon. */
export function describeGivingUp(
  error: CredentialError,
  patience: Pick<Patience, 'isOver' | 'unanswered' | 'restMs'>,
): CredentialError {
  const { code, message, exitCode, signal, stderr, isFinal, retryAfterMs } = error;
  const details = { exitCode, signal, stderr, isFinal, retryAfterMs, original: originalOf(error) };
  return new CredentialError(code, `${message} ${consequenceOf(error, patience)}`, details);
}

function consequenceOf(
  error: CredentialError,
  { isOver, unanswered, restMs }: Pick<Patience, 'isOver' | 'unanswered' | 'restMs'>,
): string {
  if (nextLoadAfter(error).isFinal)
    return 'The source is not asked again until "refresh()" is called.';
  return isOver
    ? `Nobody has answered ${unanswered} times in a row: the source is not asked again until "refresh()" is called.`
    : `It has taken long ${unanswered} times in a row, perhaps for a login that nobody answers: the source is asked again in some ${Math.round(restMs / 60_000)} minutes, or when "refresh()" is called.`;
}

/** What is read of an error by us, by loggers and by the program. */
const fields = [
  'code',
  'message',
  'exitCode',
  'signal',
  'stderr',
  'isFinal',
  'retryAfterMs',
] as const;

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

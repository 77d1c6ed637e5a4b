import { CredentialError, isCredentialError } from '@keyturn/core';
import { quoted } from '@keyturn/core/binding';

/**
 * A failure of the store, apart from one of the source: what becomes of a load then, `onStoreFailure` says. Never reaches a caller;
 * its `error` does.
 */
export class StoreFailure {
  readonly error: CredentialError;

  constructor(error: CredentialError) {
    this.error = error;
  }
}

// Codes are safe to repeat; the message of a stranger's error is not.
const safeCode = /^[A-Z][A-Z0-9_]{1,63}$/;

/** Makes what a store threw a failure of ours; a CredentialError stays as it is. */
export function storeFailure(storeName: string, what: string, thrown: unknown): StoreFailure {
  if (isCredentialError(thrown)) return new StoreFailure(thrown);
  return new StoreFailure(
    new CredentialError(
      'ERR_STORE_FAILED',
      `Store ${quoted(storeName)} could not ${what}${reasonOf(thrown)}. "original()" of this error returns what it threw.`,
      { original: thrown },
    ),
  );
}

export function storeTimeout(storeName: string, what: string, limitMs: number): StoreFailure {
  return new StoreFailure(
    new CredentialError(
      'ERR_STORE_FAILED',
      `Store ${quoted(storeName)} could not ${what} within ${Math.round(limitMs)} ms. Look whether it can be reached.`,
    ),
  );
}

function reasonOf(thrown: unknown): string {
  try {
    const { code } = thrown as { readonly code?: unknown };
    return typeof code === 'string' && safeCode.test(code) ? `: ${code}` : '';
  } catch {
    // A proxy, or nothing at all.
    return '';
  }
}

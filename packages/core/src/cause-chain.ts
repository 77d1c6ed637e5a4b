/** What an error says of itself, if it does. */
export interface Fault {
  readonly code?: unknown;
  readonly message?: unknown;
}

// Clients wrap what the system says, and are wrapped themselves; and an error may be its own cause.
const longestChain = 4;

/** Tells whether `error`, or what caused it, is one that `says` it. Never throws. */
export function isInChain(error: unknown, says: (fault: Fault) => boolean): boolean {
  try {
    let current = error;
    for (let depth = 0; depth < longestChain && isObject(current); depth += 1) {
      if (says(current)) return true;
      current = current.cause;
    }
  } catch {
    // A proxy, or a getter, that throws when it is looked at: the caller is to get that error, and no other.
  }
  return false;
}

function isObject(value: unknown): value is Fault & { readonly cause?: unknown } {
  return typeof value === 'object' && value !== null;
}

import { anySignal } from '@keyturn/core/binding';
/** A caller's signal and a time limit in one. */
export interface Deadline {
  /** Undefined where nothing can end the request. */
  readonly signal: AbortSignal | undefined;
  /** Lifts the time limit; the caller's signal goes on to count. */
  lift(): void;
}

/**
 * Starts the time that a request has until its answer begins, the wait for a credential included.
 * The signal then aborts with a DOMException called `TimeoutError`, as that of `AbortSignal.timeout()` does.
 */
export function startDeadline(
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
): Deadline {
  if (timeoutMs === undefined) return { signal, lift: () => {} };
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new DOMException(`No answer has begun within ${timeoutMs} ms.`, 'TimeoutError'));
  }, timeoutMs);
  return {
    signal: signal === undefined ? limit.signal : anySignal([signal, limit.signal]),
    lift: () => clearTimeout(timer),
  };
}

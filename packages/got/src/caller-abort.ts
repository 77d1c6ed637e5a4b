import { anySignal } from '@keyturn/core/binding';
import type { GotOptions } from './got-shape.js';

/**
 * Runs `wait` with a signal that ends it when the caller aborts, or when `timeout.request` has passed.
 *
 * got starts its own timer when the request is made, so this bounds each wait for a credential, not the sum.
 */
export async function untilCallerLeaves<T>(
  { signal, timeout: { request: timeoutMs } }: GotOptions,
  wait: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return wait(signal);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timedOut(timeoutMs)), timeoutMs);
  const signals = signal === undefined ? [] : [signal];
  try {
    return await wait(anySignal([...signals, controller.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** What got says when the server takes that long; it makes a RequestError of it. */
function timedOut(timeoutMs: number): Error {
  const error = new Error(`Timeout awaiting 'request' for ${timeoutMs}ms`);
  return Object.assign(error, { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

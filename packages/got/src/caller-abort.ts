import { anySignal } from '@keyturn/core/binding';
import type { GotOptions, TimeoutPhase } from './got-shape.js';

/** What got counts as making a connection, and the time for all of the request. */
export const connectionPhases: readonly TimeoutPhase[] = [
  'lookup',
  'connect',
  'secureConnect',
  'request',
];

/** Longer ones Node takes for 1 ms. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * Runs `wait` with a signal that ends it when the caller aborts, or when the shortest timeout of `phases` has passed.
 *
 * got starts its own timers when the request is made, so this bounds each wait, not the sum.
 */
export async function untilCallerLeaves<T>(
  { signal, timeout }: GotOptions,
  wait: (signal: AbortSignal | undefined) => Promise<T>,
  phases: readonly TimeoutPhase[] = ['request'],
): Promise<T> {
  const [shortest] = phases
    .map((phase) => ({ phase, delayMs: timeout[phase] ?? Number.POSITIVE_INFINITY }))
    .filter(({ delayMs }) => delayMs <= maxDelayMs)
    .sort((one, other) => one.delayMs - other.delayMs);
  if (shortest === undefined) return wait(signal);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(timedOut(shortest)), shortest.delayMs);
  const signals = signal === undefined ? [] : [signal];
  try {
    return await wait(anySignal([...signals, controller.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** What got says when the server takes that long; it makes a RequestError of it. */
function timedOut({ phase, delayMs }: Timeout): Error {
  const error = new Error(`Timeout awaiting '${phase}' for ${delayMs}ms`);
  return Object.assign(error, { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

interface Timeout {
  readonly phase: TimeoutPhase;
  readonly delayMs: number;
}

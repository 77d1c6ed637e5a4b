import { waitFor } from './wait-for.js';

/**
 * How often a request that the server has not processed is sent again. With six, none was lost on an API server that ends
 * the connection with each refusal; Go's transport tries as often.
 */
export const maxResends = 6;

/** Milliseconds before the second resend; each later one waits twice as long. */
const firstPauseMs = 50;

/**
 * Returns how many milliseconds to wait before a request is sent again.
 * @param resends how often it has been sent again already: the first time there is another connection, and no reason to wait
 * @param random from 0 to 1. Half the pause is chance, so that requests which were lost together do not come back together
 */
export function resendPauseMs(resends: number, random: number = Math.random()): number {
  return resends === 0 ? 0 : firstPauseMs * 2 ** (resends - 1) * (0.5 + random / 2);
}

/**
 * Waits for that long, which keeps the process alive: somebody waits for the answer.
 * @throws {unknown} the reason of `signal`
 */
export async function pauseBeforeResend(
  resends: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const pauseMs = resendPauseMs(resends);
  if (pauseMs === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, pauseMs);
  });
  try {
    await waitFor(over, signal);
  } finally {
    clearTimeout(timer);
  }
}

export interface ResendOptions {
  readonly signal?: AbortSignal | undefined;
  /** @param resends how often it has been sent again already */
  readonly mayResend: (error: unknown, resends: number) => boolean;
}

/**
 * Sends a request that carries no credential of ours until the server has processed it; `withCredential` does so for those
 * that do.
 * @throws whatever `send` throws, when it cannot be sent again
 */
export async function sendUntilProcessed<Answer>(
  send: () => Promise<Answer>,
  { signal, mayResend }: ResendOptions,
): Promise<Answer> {
  for (let resends = 0; ; resends += 1) {
    try {
      return await send();
    } catch (error) {
      if (resends >= maxResends || !mayResend(error, resends)) throw error;
    }
    await pauseBeforeResend(resends, signal);
  }
}

/**
 * Tells whether a request may be sent twice where nobody knows what has become of it: by its method, or because the caller
 * says so with an idempotency key. The rule is that of Go's transport.
 * @param method in upper case
 * @param headers names in lower case
 */
export function isRepeatable(
  method: string | undefined,
  headers: Readonly<Record<string, unknown>>,
): boolean {
  return (
    method === 'GET' ||
    method === 'HEAD' ||
    method === 'OPTIONS' ||
    method === 'TRACE' ||
    headers['idempotency-key'] !== undefined ||
    headers['x-idempotency-key'] !== undefined
  );
}

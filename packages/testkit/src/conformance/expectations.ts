import { AssertionError } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedRequest } from '../server/recorded-request.js';
import type { TestApiServer } from '../server/test-api-server.js';

/** Keeps a promise whose rejection nobody has looked at yet from ending the process when a scene fails before it does. */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** Resolves when `isTrue` is. */
export async function until(
  what: string,
  isTrue: () => boolean | undefined,
  limitMs: number,
): Promise<void> {
  const startedAt = Date.now();
  while (!isTrue()) {
    if (Date.now() - startedAt > limitMs) {
      throw new AssertionError({ message: `Waited ${limitMs} ms in vain: ${what}.` });
    }
    await pause(2);
  }
}

/** Resolves as `promise` does; fails when that takes longer than `limitMs`. */
export async function inTime<Value>(
  what: string,
  promise: Promise<Value>,
  limitMs: number,
): Promise<Value> {
  const stop = new AbortController();
  const late = pause(limitMs, undefined, { signal: stop.signal }).then(() => {
    throw new AssertionError({ message: `Waited ${limitMs} ms in vain: ${what}.` });
  });
  try {
    return await Promise.race([promise, handled(late)]);
  } finally {
    stop.abort();
  }
}

/** Resolves with what `promise` is rejected with; fails when it is fulfilled, or settles too late. */
export async function rejection(
  what: string,
  promise: Promise<unknown>,
  limitMs: number,
): Promise<unknown> {
  const outcome = promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const failed = await inTime(what, outcome, limitMs);
  if (failed === undefined) throw new AssertionError({ message: `Succeeded: ${what}.` });
  return failed.error;
}

/** The tokens that a server saw, in order; undefined for a request without one. */
export function tokensOf({ requests }: TestApiServer): (string | undefined)[] {
  return requests.map(({ token }) => token);
}

/** The names in the client certificates that a server saw, in order; undefined where there was none. */
export function commonNamesOf({ requests }: TestApiServer): (string | undefined)[] {
  return requests.map(({ commonName }) => commonName);
}

/** For `authorize`: lets one token through. */
export function acceptOnly(accepted: string): (request: RecordedRequest) => boolean {
  return ({ token }) => token === accepted;
}

export const hourMs = 3_600_000;

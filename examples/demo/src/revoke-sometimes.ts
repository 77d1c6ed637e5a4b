import type { CredentialManager } from '@keyturn/core';

/** Below the manager's limit of ten refusals a minute: beyond it, a refusal reaches the caller. */
const leastIntervalMs = 7_000;

/**
 * Calls `revoke` now and then, a quarter into the life of a credential that came in good time: early enough that
 * the server gives a new token for the same certificate, so that both kinds of rotation are to be seen.
 * Returns what stops it.
 */
export function revokeSometimes(
  manager: Pick<CredentialManager, 'on'>,
  lifetimeMs: number,
  revoke: () => void,
): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const stopListening = manager.on('rotated', ({ reason }) => {
    if (reason !== 'due' || performance.now() - lastAt < leastIntervalMs) return;
    lastAt = performance.now();
    timer = setTimeout(revoke, lifetimeMs / 4);
  });
  return () => {
    stopListening();
    clearTimeout(timer);
  };
}

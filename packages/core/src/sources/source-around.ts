import type { CredentialSource } from '../contract.js';
import { mayHaveAsked } from '../lifecycle/patience.js';

/**
 * Returns a source that loads as `load` does and is `inner` in all else: whoever puts something around a source that may ask a
 * person has a source that may.
 */
export function sourceAround(
  inner: CredentialSource,
  load: CredentialSource['load'],
): CredentialSource {
  return {
    name: inner.name,
    load,
    isInteractive: () => inner.isInteractive?.() ?? false,
    mayHaveAsked: (tookMs) => mayHaveAsked(inner, tookMs),
  };
}

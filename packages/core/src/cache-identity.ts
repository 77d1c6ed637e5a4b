import type { CredentialManager } from './contract.js';

const names = new WeakMap<CredentialManager, string>();

/**
 * Names the identity behind an answer, for the key of a cache: another manager or another generation may be somebody
 * else. It says nothing about the credential, and no other process has the same, so that a store may be shared.
 * @param generation default: the one that is held, or was last
 */
export function cacheIdentity(
  manager: CredentialManager,
  generation: number = manager.stats().generation,
): string {
  let name = names.get(manager);
  if (name === undefined) {
    name = globalThis.crypto.randomUUID();
    names.set(manager, name);
  }
  return `${name}.${generation}`;
}

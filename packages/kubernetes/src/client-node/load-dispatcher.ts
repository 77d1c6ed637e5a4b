import { createRequire } from 'node:module';
import type { CredentialDispatcher } from '@keyturn/undici';

/**
 * Reads @keyturn/undici, which version 2 of @kubernetes/client-node goes through. Not with an import: who uses version 1 has neither
 * that package nor undici, and on Node 20 undici 8 cannot be read at all.
 *
 * @throws {TypeError} where it is not installed.
 */
export function loadDispatcher(): typeof CredentialDispatcher {
  try {
    const read = createRequire(import.meta.url)('@keyturn/undici') as {
      readonly CredentialDispatcher: typeof CredentialDispatcher;
    };
    return read.CredentialDispatcher;
  } catch (error) {
    const { code } = Object(error) as { readonly code?: unknown };
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new TypeError(
      'bindKubeConfig needs the package "@keyturn/undici" for version 2 of @kubernetes/client-node, which goes through undici. Install it: npm install @keyturn/undici.',
    );
  }
}

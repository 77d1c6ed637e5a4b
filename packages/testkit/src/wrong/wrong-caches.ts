/** Bindings below a cache that mixes up for whom an answer was. */
import type { CredentialManager } from '@keyturn/core';
import { cacheIdentity } from '@keyturn/core/binding';
import { referenceBinding, shareCache } from '../conformance/reference-binding.js';
import { ReferenceCache } from '../conformance/reference-cache.js';
import type { Passage, ReferenceAnswer } from '../conformance/reference-client.js';
import { alsoFails, type WrongBinding } from './wrong-binding.js';

const nextGeneration = 'gives the next generation no answer of the one before from a cache';

export const wrongCaches: readonly WrongBinding[] = [
  alsoFails(
    wrongCache(
      'gives nobody the answer of another from a cache that both use',
      'keeps every answer for everybody',
      class extends ReferenceCache {
        protected override identityOf(): string {
          return 'everybody';
        }
      },
    ),
    nextGeneration,
  ),
  wrongCache(
    nextGeneration,
    'keeps an answer for all generations of a manager',
    class extends ReferenceCache {
      protected override identityOf(manager: CredentialManager): string {
        return cacheIdentity(manager, 0);
      }
    },
  ),
  wrongCache(
    'gives a cached answer without a credential, while the source is down',
    'asks for a credential before it looks into its cache',
    class extends ReferenceCache {
      protected override async sendInScope(passage: Passage): Promise<ReferenceAnswer> {
        if (this.includes(passage)) await this.manager.current();
        return super.sendInScope(passage);
      }
    },
  ),
];

function wrongCache(scene: string, fault: string, Client: typeof ReferenceCache): WrongBinding {
  const name = `a binding that ${fault}`;
  return {
    fault,
    scene,
    make: () => ({ ...referenceBinding, name, shareCache: () => shareCache(Client) }),
  };
}

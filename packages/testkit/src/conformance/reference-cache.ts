import type { Credential, CredentialManager } from '@keyturn/core';
import { cacheIdentity } from '@keyturn/core/binding';
import {
  type Passage,
  type ReferenceAnswer,
  ReferenceClient,
  type ReferenceParts,
} from './reference-client.js';

/** Answers that several clients share, by what they are kept under. */
export type ReferenceStore = Map<string, ReferenceAnswer>;

/** The reference client above an HTTP cache that keeps whatever it may, and what is public for everybody. */
export class ReferenceCache extends ReferenceClient {
  readonly #store: ReferenceStore;

  constructor(parts: ReferenceParts, store: ReferenceStore) {
    super(parts);
    this.#store = store;
  }

  /** What is public needs nobody who asks. */
  protected override async sendInScope(passage: Passage): Promise<ReferenceAnswer> {
    return this.#store.get(passage.url.href) ?? super.sendInScope(passage);
  }

  /** Tells those apart who must not get each other's answers. */
  protected identityOf(manager: CredentialManager, credential: Credential): string {
    return cacheIdentity(manager, credential.generation);
  }

  protected override async transmit(
    passage: Passage,
    credential?: Credential,
  ): Promise<ReferenceAnswer> {
    const forAll = passage.url.href;
    const identity =
      credential === undefined ? 'nobody' : this.identityOf(this.manager, credential);
    const forOne = `${identity} ${forAll}`;
    const kept = this.#store.get(forOne) ?? this.#store.get(forAll);
    if (kept !== undefined) return kept;
    const answer = await super.transmit(passage, credential);
    const directives = String(answer.headers['cache-control'] ?? 'no-store');
    if (/\bpublic\b/.test(directives)) this.#store.set(forAll, answer);
    else if (/\bmax-age=/.test(directives)) this.#store.set(forOne, answer);
    return answer;
  }
}

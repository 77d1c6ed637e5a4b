import type { CredentialStore } from '@keyturn/core';
import { newEncryptionKey, Seal } from '../sealed/seal.js';

/** An entry in the keyring of the system, by what is used of it: `Entry` and `AsyncEntry` of `@napi-rs/keyring` are two. */
export interface Keyring {
  /** What is kept there; null or undefined where there is nothing. */
  getPassword(): string | null | undefined | Promise<string | null | undefined>;
  setPassword(password: string): unknown;
}

// A key of the store itself, under whose lease one process makes the key of all.
const keyOfKey = 'keyturn: the encryption key in the keyring';
const leaseMs = 10_000;
const pauseMs = 50;

/** Encrypts with a key that the keyring of the system keeps. */
export class KeyringSeal {
  readonly #keyring: Keyring;
  readonly #store: Pick<CredentialStore, 'lease' | 'release'>;
  #seal: Promise<Seal> | undefined;

  /** @param store gives the lease under which the key is made: two processes would each make one, and lose what the other wrote. */
  constructor(keyring: Keyring, store: Pick<CredentialStore, 'lease' | 'release'>) {
    this.#keyring = keyring;
    this.#store = store;
  }

  async seal(text: string, name: string): Promise<string> {
    return (await this.#ready()).seal(text, name);
  }

  async open(sealed: string, name: string): Promise<string> {
    return (await this.#ready()).open(sealed, name);
  }

  #ready(): Promise<Seal> {
    this.#seal ??= this.#find().catch((error: unknown) => {
      // A keyring that is locked may be open the next time.
      this.#seal = undefined;
      throw error;
    });
    return this.#seal;
  }

  async #find(): Promise<Seal> {
    for (;;) {
      const kept = await this.#keyring.getPassword();
      if (kept) return new Seal([kept]);
      const lease = await this.#store.lease(keyOfKey, leaseMs);
      if (lease !== undefined) await this.#make(lease.fence);
      else await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #make(fence: string): Promise<void> {
    try {
      if (!(await this.#keyring.getPassword())) await this.#keyring.setPassword(newEncryptionKey());
    } finally {
      await this.#store.release(keyOfKey, fence);
    }
  }
}

import {
  type Clock,
  type CredentialStore,
  isCredentialError,
  type StoreLease,
} from '@keyturn/core';
import { quoted } from '@keyturn/core/binding';
import { storeFailure, storeTimeout } from './store-failure.js';
import { decodeRecord, type SharedRecord } from './stored-material.js';

export interface StoreAccessParts {
  readonly store: CredentialStore;
  readonly key: string;
  readonly leaseMs: number;
  readonly clock: Clock;
  /** Whether a record that cannot be read is a failure, or as good as none. */
  readonly isStrict: boolean;
}

// A client that has lost its server may keep a command for as long as it likes.
const callLimitMs = 5_000;
// A process that was stopped finds all its timers due when it wakes, and the answers right behind them: one tick is no reason to give up.
const ticks = 5;

/** One key of a store, for one load: what a method rejects with is a StoreFailure. */
export class StoreAccess {
  readonly #parts: StoreAccessParts;

  constructor(parts: StoreAccessParts) {
    this.#parts = parts;
  }

  /** What messages call the record. */
  get subject(): string {
    const { store, key } = this.#parts;
    return `record ${quoted(key)} of store ${quoted(store.name)}`;
  }

  async read(): Promise<SharedRecord | undefined> {
    const { store, key, isStrict } = this.#parts;
    return this.#call('be read', async () => {
      try {
        const stored = await store.read(key);
        return stored && decodeRecord(stored, this.subject);
      } catch (error) {
        if (isStrict || !isCredentialError(error) || error.code !== 'ERR_STORE_RECORD') throw error;
        return unreadableRecord;
      }
    });
  }

  lease(): Promise<StoreLease | undefined> {
    const { store, key, leaseMs } = this.#parts;
    return this.#call('give a lease', () => store.lease(key, leaseMs));
  }

  renew(fence: string): Promise<boolean> {
    const { store, key, leaseMs } = this.#parts;
    return this.#call('renew a lease', () => store.renew(key, fence, leaseMs));
  }

  write(fence: string, value: string): Promise<boolean> {
    const { store, key } = this.#parts;
    return this.#call('be written', () => store.write(key, fence, value));
  }

  release(fence: string): Promise<void> {
    const { store, key } = this.#parts;
    return this.#call('release a lease', () => store.release(key, fence));
  }

  async #call<Result>(what: string, ask: () => Promise<Result>): Promise<Result> {
    const { store, clock } = this.#parts;
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      const tick = (left: number): void => {
        const next = (): void =>
          left > 1 ? tick(left - 1) : reject(storeTimeout(store.name, what, callLimitMs));
        cancel = clock.schedule(callLimitMs / ticks, next, { unref: true });
      };
      tick(ticks);
    });
    try {
      return await Promise.race([attempt(ask, store.name, what), late]);
    } finally {
      cancel();
    }
  }
}

const unreadableRecord: SharedRecord = {
  version: 'unreadable',
  isDeleted: false,
  isUnreadable: true,
  ageMs: undefined,
};

async function attempt<Result>(
  ask: () => Promise<Result>,
  storeName: string,
  what: string,
): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw storeFailure(storeName, what, error);
  }
}

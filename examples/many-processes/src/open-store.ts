import { CredentialError, isCredentialError } from '@keyturn/core';
import { type CredentialStore, fileStore, redisStore } from '@keyturn/store';
import { Redis } from 'ioredis';

/** What a process has to know to open the store: as text, for it travels on a command line. */
export interface StorePlace {
  readonly kind: 'file' | 'redis';
  /** A directory, or the address of a server. */
  readonly at: string;
  readonly encryptionKey: string;
}

export interface OpenStore {
  readonly store: CredentialStore;
  close(): void;
}

export function openStore({ kind, at, encryptionKey }: StorePlace): OpenStore {
  if (kind === 'file') return { store: fileStore({ directory: at }), close: () => {} };
  const redis = new Redis(at, { enableOfflineQueue: true, maxRetriesPerRequest: 1 });
  // What fails is told by the store.
  redis.on('error', () => {});
  const command = (...parts: string[]): Promise<unknown> =>
    redis.call(...(parts as [string, ...string[]]));
  return {
    store: redisStore({ command, encryptionKeys: [encryptionKey] }),
    close: () => redis.disconnect(),
  };
}

/** Resolves when the store answers. @throws {CredentialError} ERR_STORE_FAILED */
export async function expectStore(place: StorePlace): Promise<void> {
  const { store, close } = openStore(place);
  try {
    await store.read('nothing');
  } catch (error) {
    if (isCredentialError(error)) throw error;
    throw new CredentialError(
      'ERR_STORE_FAILED',
      `There is no store in ${place.at}. Start a redis-server there, or say --redis.`,
      { original: error },
    );
  } finally {
    close();
  }
}

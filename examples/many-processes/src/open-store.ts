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

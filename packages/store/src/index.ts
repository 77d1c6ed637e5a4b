export type { CredentialStore, StoredRecord, StoreLease } from '@keyturn/core';
export { type FileStoreOptions, fileStore } from './file/file-store.js';
export type { Keyring } from './file/keyring-seal.js';
export { type RedisCommand, type RedisStoreOptions, redisStore } from './redis/redis-store.js';
export type { EncryptionKey } from './sealed/seal.js';
export {
  type SharedSource,
  type SharedSourceOptions,
  type SharedStats,
  sharedSource,
} from './sharing/shared-source.js';
export type { SharedOutcome, StoreMessage } from './sharing/store-diagnostics.js';

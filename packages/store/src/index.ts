export type { CredentialStore, StoredRecord, StoreLease } from '@keyturn/core';
export { type FileStoreOptions, fileStore } from './file/file-store.js';
export {
  type SharedSource,
  type SharedSourceOptions,
  type SharedStats,
  sharedSource,
} from './sharing/shared-source.js';
export type { SharedOutcome, StoreMessage } from './sharing/store-diagnostics.js';

export {
  type CreateCredentialManagerOptions,
  type CredentialRegistry,
  createCredentialManager,
  createCredentialRegistry,
} from './container/index.js';
export type {
  Binding,
  BindingSupport,
  BindOptions,
  ClientCertificate,
  Clock,
  ClosedEvent,
  Credential,
  CredentialEvents,
  CredentialFailure,
  CredentialHealth,
  CredentialManager,
  CredentialMaterial,
  CredentialSource,
  CredentialStats,
  CredentialStore,
  CurrentOptions,
  InvalidateOptions,
  KeepsAlive,
  LoadContext,
  RefreshFailedEvent,
  RefreshReason,
  Refusal,
  RotatedEvent,
  StoredRecord,
  StoreLease,
  TlsOptions,
  Trust,
  TrustSource,
  WaitOptions,
} from './contract.js';
export {
  CredentialError,
  type CredentialErrorCode,
  type CredentialErrorDetails,
  errorCodes,
  isCredentialError,
} from './errors.js';
export type { CredentialLease } from './lifecycle/registry.js';
export type { CredentialManagerOptions, SometimesOptions } from './options.js';
export { asSource, type SourceOrLoad } from './sources/as-source.js';
export { type FileSourceOptions, fileSource, type PathOrText } from './sources/file-source.js';
export { firstOf } from './sources/first-of.js';
export { sourceAround } from './sources/source-around.js';
export { staticSource } from './sources/static-source.js';
export { type FileTrustOptions, fileTrust } from './trust/file-trust.js';

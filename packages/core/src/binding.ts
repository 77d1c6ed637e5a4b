/**
 * What an adapter author needs, and nothing that costs start-up time: no container, no plugin runner.
 */

export { anySignal } from './any-signal.js';
export { authorityFault } from './authority-fault.js';
export { cacheIdentity } from './cache-identity.js';
export { isCertificateRefusal } from './certificate-refusal.js';
export { type CheckedBindOptions, checkBindOptions } from './check-bind-options.js';
export { checkManager } from './check-manager.js';
export {
  ConnectionTrust,
  connectionTrust,
  isTrustSource,
  maxRenewals,
  tlsUnder,
} from './connection-trust.js';
export type {
  Binding,
  BindingSupport,
  BindOptions,
  ClientCertificate,
  Credential,
  CredentialManager,
  Refusal,
  RotatedEvent,
  TlsOptions,
  Trust,
  TrustSource,
  WaitOptions,
} from './contract.js';
export {
  authorizationOf,
  type CredentialHeader,
  carriesHeadersOf,
  headersToAdd,
  isSetIn,
  otherHeadersOf,
} from './credential-headers.js';
export { CredentialError, type CredentialErrorCode, isCredentialError } from './errors.js';
export { GenerationSlot, type GenerationSlotOptions, type SlotLease } from './generation-slot.js';
export { inheritedNames, memberOf, shadowInherited } from './inherited-names.js';
export { nearest } from './nearest.js';
export { onAbort } from './on-abort.js';
export type { OptionUse, RefusedOption } from './option-use.js';
export { booleanOption, knownOptions, numberOption } from './options.js';
export { type OriginScope, originScope, scopeThrough } from './origin-scope.js';
export { parseUrl } from './parse-url.js';
export { oneLine, printable, quoted } from './printable.js';
export {
  ProxyAddress,
  type ProxyLogin,
  readProxyUrl,
  redactProxyUrl,
} from './proxy-address.js';
export { type Bearer, RedirectTrail } from './redirect-trail.js';
export { isRefusedStatus } from './refused-status.js';
export {
  isRepeatable,
  maxResends,
  pauseBeforeResend,
  type ResendOptions,
  sendUntilProcessed,
} from './resend.js';
export { type Seated, SeatList } from './seat-list.js';
export { isRereadableForm, snapshot, snapshotBody } from './snapshot.js';
export { isUnverified } from './unverified.js';
export { waitFor } from './wait-for.js';
export {
  type CredentialExchange,
  exchangeWithCredential,
  reportRefusal,
  type WithCredentialOptions,
  withCredential,
} from './with-credential.js';

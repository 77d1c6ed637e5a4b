/**
 * What an adapter author needs, and nothing that costs start-up time: no container, no plugin runner.
 */
import type { BindOptions, TlsOptions } from './contract.js';
import { commonUse, type OptionUse, refuseOptions } from './option-use.js';
import { booleanOption, knownOptions, numberOption } from './options.js';
import { snapshot, snapshotBody } from './snapshot.js';

export { anySignal } from './any-signal.js';
export { cacheIdentity } from './cache-identity.js';
export { isCertificateRefusal } from './certificate-refusal.js';
export { checkManager } from './check-manager.js';
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
  WaitOptions,
} from './contract.js';
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
export { waitFor } from './wait-for.js';
export {
  type CredentialExchange,
  exchangeWithCredential,
  reportRefusal,
  type WithCredentialOptions,
  withCredential,
} from './with-credential.js';

/** The options of a binding with every default filled in. */
export interface CheckedBindOptions extends BindOptions {
  readonly replay: boolean;
  readonly allowInsecure: boolean;
}

/**
 * Checks what a `bind…` function was given, and returns a snapshot of it: read nothing of `options` again. Call it first,
 * so that a wrong option fails when the binding is made.
 * @param caller name of the function, for the message
 * @param use what the binding does with each option
 * @throws {TypeError} naming the option that is unknown, has a nonsensical value, or cannot be honoured.
 */
export function checkBindOptions<Options extends BindOptions>(
  caller: string,
  options: Options,
  use: NoInfer<OptionUse<Options>> = commonUse as OptionUse<Options>,
): Options & CheckedBindOptions {
  knownOptions(caller, options, Object.keys(use));
  const given = snapshot(options);
  refuseOptions(caller, given, use);
  if (given.drainTimeoutMs !== undefined) {
    numberOption('drainTimeoutMs', given.drainTimeoutMs, 0);
  }
  return Object.assign(given, {
    tls: given.tls === undefined ? undefined : checkTlsOptions(caller, given.tls),
    replay: booleanOption('replay', given.replay, true),
    allowInsecure: booleanOption('allowInsecure', given.allowInsecure, false),
  });
}

function checkTlsOptions(caller: string, tls: TlsOptions): TlsOptions {
  knownOptions(`Option "tls" of ${caller}`, tls, [
    'ca',
    'servername',
    'rejectUnauthorized',
    'minVersion',
    'maxVersion',
  ]);
  const given = snapshot(tls);
  return given.ca === undefined ? given : Object.assign(given, { ca: snapshotBody(given.ca) });
}

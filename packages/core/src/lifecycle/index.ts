export { Backoff } from './backoff.js';
export { type Clock, systemClock } from './clock.js';
export { isSameSecret, mint, refreshTimeOf, stateOf } from './credential.js';
export type { LoadMessage, RotationMessage } from './diagnostics.js';
export { EventHub } from './event-hub.js';
export {
  type AdaptiveExpiryOptions,
  adaptiveExpiry,
  type ExpiryPolicy,
  type ExpirySchedule,
} from './expiry.js';
export { Journal, type JournalParts } from './journal.js';
export { inspectPair, type PairFault } from './key-pair.js';
export { LeasedManager } from './leased-manager.js';
export { Manager, type ManagerParts } from './manager.js';
export { materialWith } from './material-with.js';
export type { OutcomeClass } from './outcome-class.js';
export { Patience } from './patience.js';
export { type CredentialLease, Registry } from './registry.js';
export { RunningLoad } from './running-load.js';
export { SingleFlight } from './single-flight.js';
export { Sometimes } from './sometimes.js';
export { asCredentialError } from './source-failure.js';

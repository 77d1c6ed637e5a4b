import type { Binding, Clock, CredentialManager, CredentialSource } from '../contract.js';
import type { Backoff } from '../lifecycle/backoff.js';
import type { EventHub } from '../lifecycle/event-hub.js';
import type { ExpiryPolicy } from '../lifecycle/expiry.js';
import type { Journal } from '../lifecycle/journal.js';
import type { Patience } from '../lifecycle/patience.js';
import type { Sometimes } from '../lifecycle/sometimes.js';
import type { CheckedManagerOptions } from './check-manager-options.js';
import type { ServiceIdentifier } from './inversify.js';
import { token } from './typed-tokens.js';

interface Tokens {
  /** What the program configured, defaults filled in. */
  readonly options: ServiceIdentifier<CheckedManagerOptions>;
  readonly source: ServiceIdentifier<CredentialSource>;
  readonly clock: ServiceIdentifier<Clock>;
  /** Jitter: gives numbers from 0 up to 1. */
  readonly random: ServiceIdentifier<() => number>;
  readonly expiryPolicy: ServiceIdentifier<ExpiryPolicy>;
  readonly refusalLimit: ServiceIdentifier<Sometimes>;
  /** A new one for each consumer. */
  readonly backoff: ServiceIdentifier<Backoff>;
  readonly patience: ServiceIdentifier<Patience>;
  readonly events: ServiceIdentifier<EventHub>;
  readonly journal: ServiceIdentifier<Journal>;
  readonly manager: ServiceIdentifier<CredentialManager>;
  /** Every binding that was loaded: `container.getAll(tokens.binding)` lists them, to unbind them all at once. */
  readonly binding: ServiceIdentifier<Binding<unknown>>;
}

/** The fuse box: every part that can be replaced. `rebind` a token before the manager is first resolved. */
export const tokens: Tokens = {
  options: token('options'),
  source: token('source'),
  clock: token('clock'),
  random: token('random'),
  expiryPolicy: token('expiryPolicy'),
  refusalLimit: token('refusalLimit'),
  backoff: token('backoff'),
  patience: token('patience'),
  events: token('events'),
  journal: token('journal'),
  manager: token('manager'),
  binding: token('binding'),
};

import type { Binding, Clock, CredentialManager, CredentialSource } from '../contract.js';
import type { Backoff } from '../lifecycle/backoff.js';
import type { EventHub } from '../lifecycle/event-hub.js';
import type { ExpiryPolicy } from '../lifecycle/expiry.js';
import type { Journal } from '../lifecycle/journal.js';
import type { Patience } from '../lifecycle/patience.js';
import type { Sometimes } from '../lifecycle/sometimes.js';
import type { CheckedManagerOptions } from './check-manager-options.js';
import type { ServiceIdentifier } from './inversify.js';
import { checkedName, defaultName } from './names.js';
import { token } from './typed-tokens.js';

/** The parts of one credential of a container. */
export interface CredentialTokens {
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
  /** Every binding that was loaded, whichever credential it carries: `container.getAll(tokens.binding)` lists them, to unbind them all at once. */
  readonly binding: ServiceIdentifier<Binding<unknown>>;
}

/**
 * The fuse box: every part of the credential called `name` that can be replaced. `rebind` a token before the manager is
 * first resolved.
 */
export function credentialTokens(name: string = defaultName): CredentialTokens {
  const part = <T>(kind: string): ServiceIdentifier<T> => token(`${kind}:${checkedName(name)}`);
  return {
    options: part('options'),
    source: part('source'),
    clock: part('clock'),
    random: part('random'),
    expiryPolicy: part('expiryPolicy'),
    refusalLimit: part('refusalLimit'),
    backoff: part('backoff'),
    patience: part('patience'),
    events: part('events'),
    journal: part('journal'),
    manager: part('manager'),
    binding: token('binding'),
  };
}

/** Those of the credential that has no name of its own. */
export const tokens: CredentialTokens = credentialTokens();

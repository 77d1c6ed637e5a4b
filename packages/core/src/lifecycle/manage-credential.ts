import type { Clock, CredentialManager, CredentialSource } from '../contract.js';
import {
  type CredentialManagerOptions,
  countOption,
  defaults,
  describe,
  knownOptions,
  numberOption,
  type SometimesOptions,
} from '../options.js';
import { snapshot } from '../snapshot.js';
import { Backoff } from './backoff.js';
import { systemClock } from './clock.js';
import { EventHub } from './event-hub.js';
import { adaptiveExpiry } from './expiry.js';
import { Journal } from './journal.js';
import { Manager } from './manager.js';
import { Patience } from './patience.js';
import { Sometimes } from './sometimes.js';

/**
 * Makes a manager without the container, for programs that count milliseconds of start-up.
 * It behaves as one from `createCredentialManager`; only parts other than the clock cannot be replaced.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function manageCredential(options: CredentialManagerOptions): CredentialManager {
  const { source, clock, refusalLimit, giveUpAfter, ...expiry } = checkManagerOptions(options);
  const random = Math.random;
  return new Manager({
    source,
    clock,
    expiryPolicy: adaptiveExpiry(expiry),
    refusalLimit: new Sometimes(refusalLimit, clock),
    waitedBackoff: new Backoff({ clock, random }),
    backgroundBackoff: new Backoff({ clock, random }),
    patience: new Patience({ source, giveUpAfter }),
    journal: new Journal({ clock, source, events: new EventHub() }),
  });
}

const optionNames: readonly (keyof CredentialManagerOptions)[] = [
  'source',
  'refreshWindowMs',
  'clockSkewMs',
  'refusalLimit',
  'giveUpAfter',
  'clock',
];

export interface CheckedManagerOptions {
  readonly source: CredentialSource;
  readonly clock: Clock;
  readonly refusalLimit: SometimesOptions;
  readonly giveUpAfter: number;
  readonly refreshWindowMs: number;
  readonly clockSkewMs: number;
}

/**
 * Fills in the defaults.
 * @param more names of options that this caller takes on top.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function checkManagerOptions(
  given: CredentialManagerOptions,
  more: readonly string[] = [],
): CheckedManagerOptions {
  knownOptions('createCredentialManager', given, [...optionNames, ...more]);
  const options = snapshot(given);
  const { source, clock = systemClock, refusalLimit = defaults.refusalLimit } = options;
  if (typeof source?.load !== 'function' || typeof source.name !== 'string') {
    throw new TypeError(
      `Option "source" must be a credential source with "name" and "load()", not ${describe(source)}.`,
    );
  }
  if (typeof clock.now !== 'function' || typeof clock.schedule !== 'function') {
    throw new TypeError('Option "clock" must have "now()" and "schedule()".');
  }
  knownOptions('Option "refusalLimit"', refusalLimit, ['threshold', 'intervalMs']);
  const number = (name: 'refreshWindowMs' | 'clockSkewMs'): number =>
    numberOption(name, options[name], defaults[name]);
  const limit = snapshot(refusalLimit);
  return {
    source,
    clock,
    refusalLimit: {
      threshold: numberOption('refusalLimit.threshold', limit.threshold, 0),
      intervalMs: numberOption('refusalLimit.intervalMs', limit.intervalMs, 0),
    },
    giveUpAfter: countOption('giveUpAfter', options.giveUpAfter, defaults.giveUpAfter),
    refreshWindowMs: number('refreshWindowMs'),
    clockSkewMs: number('clockSkewMs'),
  };
}

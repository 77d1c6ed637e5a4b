import type { Clock, CredentialSource } from '../contract.js';
import { systemClock } from '../lifecycle/clock.js';
import {
  type CredentialManagerOptions,
  countOption,
  defaults,
  knownOptions,
  numberOption,
  type SometimesOptions,
} from '../options.js';
import { snapshot } from '../snapshot.js';
import { asSource } from '../sources/as-source.js';

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
 * @param caller who was given the options.
 * @param more name of an option that this caller takes on top.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function checkManagerOptions(
  caller: string,
  options: CredentialManagerOptions,
  more: string,
): CheckedManagerOptions {
  knownOptions(caller, options, [...optionNames, more]);
  const { source, clock = systemClock, refusalLimit = defaults.refusalLimit } = options;
  if (typeof clock.now !== 'function' || typeof clock.schedule !== 'function') {
    throw new TypeError('Option "clock" must have "now()" and "schedule()".');
  }
  knownOptions('Option "refusalLimit"', refusalLimit, ['threshold', 'intervalMs']);
  const number = (name: 'refreshWindowMs' | 'clockSkewMs'): number =>
    numberOption(name, options[name], defaults[name]);
  const limit = snapshot(refusalLimit);
  return {
    source: asSource(source, 'Option "source"'),
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

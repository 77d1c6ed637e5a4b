import type { Clock, CredentialSource } from './contract.js';
import { nearest } from './nearest.js';
import { quoted } from './printable.js';

/** At most `threshold` runs in each window of `intervalMs`. */
export interface SometimesOptions {
  readonly threshold: number;
  readonly intervalMs: number;
}

export interface CredentialManagerOptions {
  /** A source, or only its `load`: a function that returns a promise of the material. */
  readonly source: CredentialSource | CredentialSource['load'];
  /**
   * Refresh in the background this long before expiry, and never earlier than in the last 20 % of the lifetime.
   * Milliseconds, default 120_000: two slow plugin runs.
   */
  readonly refreshWindowMs?: number | undefined;
  /**
   * Treat a credential as expired this much early, for clocks that disagree, and never more than 10 % of its lifetime.
   * Milliseconds, default 10_000.
   */
  readonly clockSkewMs?: number | undefined;
  /**
   * How often refusals may start a load. Default: 10 in 60_000 ms, so that a server which refuses everything
   * does not run the plugin for every request. What comes faster is answered with the refusal itself.
   */
  readonly refusalLimit?: SometimesOptions | undefined;
  /**
   * After this many loads in a row that asked a person and failed, only `refresh()` asks the source again; until then
   * requests get the last error at once. Default 5: nobody is there, and each further load would open one more browser
   * tab. Where the source can only guess that it asked, loads go on by themselves, ten minutes apart at first and an hour
   * in the end. `Infinity` never gives up.
   */
  readonly giveUpAfter?: number | undefined;
  /** Where time comes from. Default: the system's clock; tests bring a manual one. */
  readonly clock?: Clock | undefined;
}

/** The one place where defaults live. */
export const defaults = {
  refreshWindowMs: 120_000,
  clockSkewMs: 10_000,
  refusalLimit: { threshold: 10, intervalMs: 60_000 },
  giveUpAfter: 5,
} as const;

/**
 * Returns `value`, or `fallback` when it is undefined.
 * @throws {TypeError} naming the option when it is not a finite number of at least `minimum`.
 */
export function numberOption(
  name: string,
  value: unknown,
  fallback: number,
  minimum: number = 0,
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < minimum) {
    throw new TypeError(
      `Option "${name}" must be a number of at least ${minimum}, not ${describe(value)}.`,
    );
  }
  return value;
}

/**
 * Returns `value`, or `fallback` when it is undefined.
 * @throws {TypeError} naming the option when it is neither a whole number of at least 1 nor Infinity.
 */
export function countOption(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (value === Number.POSITIVE_INFINITY) return value;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new TypeError(
      `Option "${name}" must be a whole number of at least 1, or Infinity, not ${describe(value)}.`,
    );
  }
  return value;
}

/**
 * Returns `value`, or `fallback` when it is undefined.
 * @throws {TypeError} naming the option when it is not a boolean.
 */
export function booleanOption(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') {
    throw new TypeError(`Option "${name}" must be true or false, not ${describe(value)}.`);
  }
  return value;
}

/**
 * Refuses options that nobody reads, because a misspelt one would be silently ignored.
 * @throws {TypeError} naming the first unknown option and the ones that exist.
 */
export function knownOptions(what: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${what} takes an object of options, not ${describe(options)}.`);
  }
  const given = Object.keys(options);
  // It has no names of its own, and would pass for options that leave everything at its default.
  if (given.length === 0 && isManager(options)) {
    throw new TypeError(`${what} takes an object of options, not a credential manager.`);
  }
  for (const name of given) {
    if (!names.includes(name)) {
      const meant = nearest(name, names);
      const question = meant === undefined ? '' : ` Did you mean "${meant}"?`;
      throw new TypeError(
        `${what} has no option ${quoted(name)}.${question} It takes ${names.map((known) => `"${known}"`).join(', ')}.`,
      );
    }
  }
}

function isManager(value: object): boolean {
  const { current, invalidate } = value as Readonly<Record<string, unknown>>;
  return typeof current === 'function' && typeof invalidate === 'function';
}

/** Names a wrong value without quoting it: it might be a secret in the wrong place. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Date) return 'a Date';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  return value === undefined ? 'undefined' : `a value of type ${typeof value}`;
}

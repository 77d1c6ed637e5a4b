import {
  asSource,
  type CredentialMaterial,
  type CredentialSource,
  type CredentialStore,
  isCredentialError,
  type LoadContext,
  type SourceOrLoad,
  sourceAround,
} from '@keyturn/core';
import { knownOptions, numberOption, snapshot } from '@keyturn/core/binding';
import { systemClock } from '@keyturn/core/lifecycle';
import type { Pause } from './pause.js';
import { SharedLoad, type SharedLoadParts } from './shared-load.js';
import { publishShared } from './store-diagnostics.js';

export interface SharedSourceOptions {
  /** Where it is shared: `fileStore`, `redisStore`, or one of your own. */
  readonly store: CredentialStore;
  /**
   * Whose credential it is: all that use the same store and key share one. Put into it everything that tells one login from another:
   * the service, the account, the scope. Stands in messages and in file names; no secret.
   */
  readonly key: string;
  /**
   * How long another process waits for one that has crashed or was stopped while it had the right to load. Milliseconds, default
   * 15_000. A load may take longer: the lease is renewed while its holder runs.
   */
  readonly leaseMs?: number | undefined;
  /**
   * What a load does where the store fails. `load` (default): asks the source for this process alone. `fail`: rejects, for what must
   * not be used twice, such as a refresh token that is rotated.
   */
  readonly onStoreFailure?: 'load' | 'fail' | undefined;
}

/** What the loads of one source have come to, in this process. */
export interface SharedStats {
  /** Loads that the store answered at once. */
  readonly hits: number;
  /** Loads that waited for another process. */
  readonly waits: number;
  /** Times that the source itself was asked under a lease. */
  readonly loads: number;
  /** Of these, with a lease taken from somebody who had not given it back. */
  readonly takeovers: number;
  /** Loads for this process alone, because the store had failed. */
  readonly alone: number;
  /** Loads whose result the store could not take. */
  readonly unsaved: number;
  readonly failures: number;
}

export interface SharedSource extends CredentialSource {
  stats(): SharedStats;
}

type Counts = { -readonly [Name in keyof SharedStats]: number };

const defaultLeaseMs = 15_000;
const shortestLeaseMs = 100;

/**
 * Makes a source that asks `source` once for all processes which share `store` and `key`: what one was given serves the others, and a
 * refusal, an expiry or a `refresh()` leads to one load among all of them. What `source` wants back at its next load is kept with it,
 * and goes to whoever loads next.
 *
 * Its loads throw what `source` throws, also where another process has asked it; ERR_STORE_FAILED, _RECORD and _UNSAFE where the store
 * fails, with `onStoreFailure: 'fail'`; ERR_STORE_FORGOTTEN and ERR_STORE_DELETED.
 * @param source or a function that does what the `load` of one does.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function sharedSource(source: SourceOrLoad, options: SharedSourceOptions): SharedSource {
  const inner = asSource(source, 'What sharedSource shares');
  const checked = checkOptions(options);
  const counts: Counts = {
    hits: 0,
    waits: 0,
    loads: 0,
    takeovers: 0,
    alone: 0,
    unsaved: 0,
    failures: 0,
  };
  const pauses = new Set<Pause>();
  const load = async (context: LoadContext): Promise<CredentialMaterial> => {
    const { clock = systemClock } = context;
    const elapsed = (): number => clock.elapsed?.() ?? clock.now();
    const startedAt = elapsed();
    const shared = new SharedLoad({ ...checked, inner, clock, pauses }, context);
    let failure: unknown;
    try {
      return await shared.run();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      count(counts, shared, failure !== undefined);
      publishShared(() => ({
        source: inner.name,
        store: checked.store.name,
        key: checked.key,
        reason: context.reason,
        outcome: failure === undefined ? shared.outcome : 'failed',
        isTakeover: shared.isTakeover,
        durationMs: elapsed() - startedAt,
        looks: shared.looks,
        ...(isCredentialError(failure) ? { code: failure.code } : {}),
      }));
    }
  };
  return { ...sourceAround(inner, load), stats: () => Object.freeze({ ...counts }) };
}

const countOf = {
  hit: 'hits',
  waited: 'waits',
  loaded: 'loads',
  alone: 'alone',
  unsaved: 'unsaved',
} as const;

function count(counts: Counts, { outcome, isTakeover }: SharedLoad, hasFailed: boolean): void {
  const hasAsked = outcome === 'loaded' || outcome === 'alone';
  if (!hasFailed || hasAsked) counts[countOf[outcome]] += 1;
  if (outcome === 'unsaved') counts.loads += 1;
  if (isTakeover) counts.takeovers += 1;
  if (hasFailed) counts.failures += 1;
}

function checkOptions(
  options: SharedSourceOptions,
): Omit<SharedLoadParts, 'inner' | 'clock' | 'pauses'> {
  knownOptions('sharedSource', options, ['store', 'key', 'leaseMs', 'onStoreFailure']);
  const { store, key, leaseMs, onStoreFailure = 'load' } = snapshot(options);
  if (typeof key !== 'string' || key === '') {
    throw new TypeError('Option "key" of sharedSource must be text that names the login.');
  }
  if (onStoreFailure !== 'load' && onStoreFailure !== 'fail') {
    throw new TypeError('Option "onStoreFailure" of sharedSource must be "load" or "fail".');
  }
  return {
    store: checkStore(store),
    key,
    leaseMs: numberOption('leaseMs', leaseMs, defaultLeaseMs, shortestLeaseMs),
    onStoreFailure,
  };
}

const methods = ['read', 'lease', 'renew', 'write', 'release', 'delete'] as const;

function checkStore(store: CredentialStore): CredentialStore {
  const missing = methods.find(
    (name) => typeof (store as Partial<CredentialStore>)?.[name] !== 'function',
  );
  if (missing === undefined && typeof store.name === 'string') return store;
  throw new TypeError(
    `Option "store" of sharedSource must be a store, such as fileStore() makes; it lacks "${missing ?? 'name'}".`,
  );
}

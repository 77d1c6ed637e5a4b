import {
  authorizationOf,
  type Credential,
  type CredentialManager,
  cacheIdentity,
} from '@keyturn/core/binding';
import type { GotOptions } from './got-shape.js';

/** A Map, a Keyv, or one of its storage adapters. */
interface Store {
  get(key: string): unknown;
  set(key: string, value: unknown, ttlMs?: number): unknown;
  delete(key: string): unknown;
  clear?(): unknown;
}

interface Partition {
  readonly identity: string;
  readonly store: object;
}

/**
 * Has got's cache keep the answers of each identity apart where it cannot do so itself. It asks for a request with its
 * Authorization, and as a shared cache keeps only what RFC 9111, 3.5 allows; but it sees no client certificate and no other header, and with
 * `shared: false` it takes everybody for one.
 */
export class CachePartitions {
  readonly #manager: CredentialManager;
  /** The latest one of each cache: got prepares each store that it meets. */
  readonly #latest = new WeakMap<object, Partition>();
  readonly #whole = new WeakMap<object, object>();

  constructor(manager: CredentialManager) {
    this.#manager = manager;
  }

  /** Gives the options their own cache back, before it is known who asks. */
  restore(options: GotOptions): void {
    const whole = isObject(options.cache) ? this.#whole.get(options.cache) : undefined;
    if (whole !== undefined) options.cache = whole;
  }

  /** Lets a request with `credential` see what is kept for it alone. */
  enter(options: GotOptions, credential: Credential): void {
    const { cache, cacheOptions } = options;
    if (!cache) return;
    const isSeen = authorizationOf(credential) !== undefined;
    if (isSeen && cacheOptions?.shared !== false) return;
    options.cache = isStore(cache)
      ? this.#partition(cache, cacheIdentity(this.#manager, credential.generation))
      : undefined;
  }

  #partition(cache: Store, identity: string): object {
    const latest = this.#latest.get(cache);
    if (latest?.identity === identity) return latest.store;
    const store = partOf(cache, identity);
    this.#latest.set(cache, { identity, store });
    this.#whole.set(store, cache);
    return store;
  }
}

function partOf(cache: Store, identity: string): object {
  const keyOf = (key: string): string => `${identity}:${key}`;
  const store: Store = {
    get: (key) => cache.get(keyOf(key)),
    set: (key, value, ttlMs) => cache.set(keyOf(key), value, ttlMs),
    delete: (key) => cache.delete(keyOf(key)),
    clear: () => cache.clear?.(),
  };
  return store;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isStore(cache: unknown): cache is Store {
  const { get, set } = isObject(cache) ? (cache as Partial<Store>) : {};
  return typeof get === 'function' && typeof set === 'function';
}

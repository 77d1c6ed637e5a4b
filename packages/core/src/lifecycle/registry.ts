import type { CredentialManager } from '../contract.js';
import { LeasedManager } from './leased-manager.js';
import { nodeCrypto } from './node-crypto.js';

/** A share in a manager. The manager closes when its last lease is released. */
export interface CredentialLease extends AsyncDisposable {
  /** For this lease alone: to close it is to release the lease, and the other holders go on. */
  readonly manager: CredentialManager;
  /** Gives the share back. Idempotent. */
  release(): Promise<void>;
}

interface Entry {
  readonly manager: CredentialManager;
  leases: number;
}

/**
 * Shares one manager among all who ask for the same thing.
 *
 * The key is a hash of the whole structure, so that no two configurations can meet in one key and no argument or
 * environment value stays in memory as part of one. client-go keeps a process-wide cache for ever; this one belongs
 * to whoever made it and counts its leases.
 */
export class Registry {
  readonly #entries: Map<string, Entry> = new Map();
  #isClosed = false;

  /** Number of managers held now. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * @param identity everything that makes two managers different; plain data and functions.
   * @throws {TypeError} after `close()`.
   */
  acquire(identity: unknown, make: () => CredentialManager): CredentialLease {
    if (this.#isClosed) throw new TypeError('The credential registry is closed.');
    const key = structuralHash(identity);
    const entry = this.#entries.get(key) ?? { manager: make(), leases: 0 };
    this.#entries.set(key, entry);
    entry.leases += 1;
    return this.#lease(key, entry);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const managers = [...this.#entries.values()].map(({ manager }) => manager);
    this.#entries.clear();
    await Promise.all(managers.map((manager) => manager.close()));
  }

  #lease(key: string, entry: Entry): CredentialLease {
    let isReleased = false;
    const release = async (): Promise<void> => {
      if (isReleased) return;
      isReleased = true;
      entry.leases -= 1;
      if (entry.leases > 0) return;
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      await entry.manager.close();
    };
    const manager = new LeasedManager(entry.manager, release);
    const close = (): Promise<void> => manager.close();
    return { manager, release: close, [Symbol.asyncDispose]: close };
  }
}

/**
 * Hashes plain data so that equal structures, and only those, meet. The order of keys does not matter; a function is
 * equal to itself alone.
 */
export function structuralHash(value: unknown): string {
  return nodeCrypto().createHash('sha256').update(canonical(value)).digest('base64');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`);
    return `{${entries.join(',')}}`;
  }
  // Kubeconfigs may hold integers that a double cannot.
  if (typeof value === 'bigint') return `${value}n`;
  // Two functions may do different things, whatever they look like.
  if (typeof value === 'function') return `function ${numberOf(value)}`;
  return JSON.stringify(value) ?? 'null';
}

const numbers: WeakMap<object, number> = new WeakMap();
let lastNumber = 0;

function numberOf(value: object): number {
  const known = numbers.get(value);
  if (known !== undefined) return known;
  lastNumber += 1;
  numbers.set(value, lastNumber);
  return lastNumber;
}

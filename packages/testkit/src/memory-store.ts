import { randomUUID } from 'node:crypto';
import type { Clock, CredentialStore, StoredRecord, StoreLease } from '@keyturn/core';

interface Slot {
  record?: { readonly version: string; readonly value: string | undefined; readonly at: number };
  lease?: { readonly fence: string; readonly until: number };
}

export interface MemoryStoreOptions {
  /** Where time comes from. Default: the system's. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  /** Makes what names a lease. Default: a random UUID. */
  readonly newFence?: (() => string) | undefined;
}

/**
 * Makes a store in memory: for tests of a program that shares credentials, and to read as what a store has to do. Its processes are the
 * sources that are given it.
 */
export function memoryStore({
  clock = Date,
  newFence = randomUUID,
}: MemoryStoreOptions = {}): CredentialStore {
  const slots = new Map<string, Slot>();
  const slotOf = (key: string): Slot => {
    const slot = slots.get(key) ?? {};
    slots.set(key, slot);
    return slot;
  };

  return {
    name: 'memory',
    read: async (key): Promise<StoredRecord | undefined> => {
      const record = slots.get(key)?.record;
      return (
        record && { version: record.version, value: record.value, ageMs: clock.now() - record.at }
      );
    },
    lease: async (key, leaseMs): Promise<StoreLease | undefined> => {
      const slot = slotOf(key);
      const isTakeover = slot.lease !== undefined;
      if (slot.lease !== undefined && clock.now() < slot.lease.until) return undefined;
      slot.lease = { fence: newFence(), until: clock.now() + leaseMs };
      return { fence: slot.lease.fence, isTakeover };
    },
    renew: async (key, fence, leaseMs) => {
      const slot = slotOf(key);
      if (slot.lease?.fence !== fence) return false;
      slot.lease = { fence, until: clock.now() + leaseMs };
      return true;
    },
    write: async (key, fence, value) => {
      const slot = slotOf(key);
      if (slot.record?.version === fence) return true;
      if (slot.lease?.fence !== fence) return false;
      slot.record = { version: fence, value, at: clock.now() };
      delete slot.lease;
      return true;
    },
    release: async (key, fence) => {
      const slot = slotOf(key);
      if (slot.lease?.fence === fence) delete slot.lease;
    },
    delete: async (key) => {
      const slot = slotOf(key);
      slot.record = { version: newFence(), value: undefined, at: clock.now() };
      delete slot.lease;
    },
  };
}

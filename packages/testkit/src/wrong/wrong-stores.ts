import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, CredentialStore } from '@keyturn/core';
import { memoryStore } from '../memory-store.js';

/** A store that is wrong in one thing, and the scenes that have to notice. */
export interface WrongStore {
  readonly fault: string;
  /** By the beginning of their names. */
  readonly fails: readonly string[];
  make(right: CredentialStore, clock: Pick<Clock, 'now'>): CredentialStore;
}

const change = (
  fault: string,
  fails: readonly string[],
  changes: (right: CredentialStore, clock: Pick<Clock, 'now'>) => Partial<CredentialStore>,
): WrongStore => ({
  fault,
  fails,
  make: (right, clock) => ({ ...right, ...changes(right, clock) }),
});

let count = 0;
const freshFence = (): string => {
  count += 1;
  return `fence ${count}`;
};

export const wrongStores: readonly WrongStore[] = [
  change(
    'without a lock',
    [
      'gives a lease to one of many',
      'gives nobody a lease that is held',
      'leaves a lease to whoever renews',
      'loses no write',
    ],
    (right) => ({
      lease: async (key, leaseMs) => {
        const lease = await right.lease(key, leaseMs);
        return lease ?? { fence: freshFence(), isTakeover: false };
      },
      write: lastWriterWins(right),
      renew: async () => true,
    }),
  ),
  change(
    'with a lock that never ends',
    ['gives a lease again that is over', 'renews no lease', 'refuses the write of a lease'],
    (right) => ({
      lease: (key) => right.lease(key, 1e12),
      renew: (key, fence) => right.renew(key, fence, 1e12),
    }),
  ),
  change(
    'with leases and no fencing',
    [
      'refuses the write of a lease',
      'takes a write a second time',
      'takes a record away',
      'ends a lease with the record',
    ],
    (right) => ({ write: lastWriterWins(right) }),
  ),
  change('that writes in two steps', ['shows readers a whole record'], (right) => {
    let isWriting = false;
    return {
      read: async (key) => {
        const record = await right.read(key);
        return record && isWriting ? { ...record, value: record.value?.slice(0, 10) } : record;
      },
      write: async (key, fence, value) => {
        isWriting = true;
        await nextTurn();
        isWriting = false;
        return right.write(key, fence, value);
      },
    };
  }),
  change('in which the last writer wins', ['loses no write'], (right) => ({
    lease: async () => ({ fence: freshFence(), isTakeover: false }),
    write: lastWriterWins(right),
  })),
  change('that renews nothing', ['leaves a lease to whoever'], () => ({ renew: async () => true })),
  change('that renews whatever it is asked', ['renews no lease'], (right) => ({
    renew: async (key, fence, leaseMs) => {
      await right.renew(key, fence, leaseMs);
      return true;
    },
  })),
  change(
    'that takes no late write',
    ['takes the write of a lease that is over'],
    (right, clock) => {
      const { lease, isOver } = strictLeases(right, clock);
      return {
        lease,
        write: async (key, fence, value) =>
          isOver(fence) ? false : right.write(key, fence, value),
      };
    },
  ),
  change(
    'that renews no lease late',
    ['renews a lease that is over where nobody'],
    (right, clock) => {
      const { lease, isOver } = strictLeases(right, clock);
      return {
        lease,
        renew: async (key, fence, leaseMs) =>
          isOver(fence) ? false : right.renew(key, fence, leaseMs),
      };
    },
  ),
  change('with one lease for all keys', ['gives the lease of one key'], (right) => ({
    lease: (_, leaseMs) => right.lease('all', leaseMs),
  })),
  change('that tells ages in seconds', ['tells how old a record is'], (right) => ({
    read: async (key) => {
      const record = await right.read(key);
      return record && { ...record, ageMs: (record.ageMs ?? 0) / 1_000 };
    },
  })),
  change('whose ages are no numbers', ['tells how old a record is'], (right) => ({
    read: async (key) => {
      const record = await right.read(key);
      return record && { ...record, ageMs: Number.NaN };
    },
  })),
  change('that refuses a write it has done', ['takes a write a second time'], (right) => {
    const done = new Set<string>();
    return {
      write: async (key, fence, value) => {
        if (done.has(fence)) return false;
        done.add(fence);
        return right.write(key, fence, value);
      },
    };
  }),
  change(
    'whose write leaves the lease',
    ['gives a lease at once that a write has ended'],
    (right) => ({
      write: async (key, fence, value) => {
        const isWritten = await right.write(key, fence, value);
        if (isWritten) await right.lease(key, 60_000);
        return isWritten;
      },
    }),
  ),
  change('that cannot give a lease back', ['gives a lease at once that was given back'], () => ({
    release: async () => {},
  })),
  change('that gives any lease back', ['gives back nobody else'], (right) => {
    const fences = new Map<string, string>();
    return {
      lease: async (key, leaseMs) => {
        const lease = await right.lease(key, leaseMs);
        if (lease !== undefined) fences.set(key, lease.fence);
        return lease;
      },
      release: (key) => right.release(key, fences.get(key) ?? ''),
    };
  }),
  change('that calls every lease a takeover', ['gives a lease at once'], (right) => ({
    lease: async (key, leaseMs) => {
      const lease = await right.lease(key, leaseMs);
      return lease && { ...lease, isTakeover: true };
    },
  })),
  change('that calls no lease a takeover', ['gives a lease again that is over'], (right) => ({
    lease: async (key, leaseMs) => {
      const lease = await right.lease(key, leaseMs);
      return lease && { ...lease, isTakeover: false };
    },
  })),
  {
    fault: 'that counts its leases for each key',
    fails: ['gives each lease a name'],
    make: () => {
      let number = 0;
      return memoryStore({
        newFence: () => {
          number = (number % 4) + 1;
          return String(number);
        },
      });
    },
  },
  change(
    'that keeps a deleted record',
    ['takes a record away', 'ends a lease with the record'],
    () => ({
      delete: async () => {},
    }),
  ),
  change(
    'that deletes the record and leaves the lease',
    ['ends a lease with the record'],
    (right) => {
      const deleted = new Set<string>();
      return {
        delete: async (key) => {
          if ((await right.read(key)) === undefined) deleted.add(key);
          else await right.delete(key);
        },
      };
    },
  ),
  change('that has a record for every key', ['has nothing'], (right) => ({
    read: async (key) => (await right.read(key)) ?? { version: 'first', value: '' },
  })),
  change('that versions by the hour', ['has what was written'], (right) => ({
    read: async (key) => {
      const record = await right.read(key);
      return record && { ...record, version: 'this hour' };
    },
  })),
  change('that trims', ['keeps text as it is'], (right) => ({
    write: (key, fence, value) => right.write(key, fence, value.replaceAll('\0', '')),
  })),
  change('that takes no heed of case', ['keeps keys apart'], (right) => ({
    read: (key) => right.read(key.toLowerCase()),
    lease: (key, leaseMs) => right.lease(key.toLowerCase(), leaseMs),
    write: (key, fence, value) => right.write(key.toLowerCase(), fence, value),
    release: (key, fence) => right.release(key.toLowerCase(), fence),
    renew: (key, fence, leaseMs) => right.renew(key.toLowerCase(), fence, leaseMs),
    delete: (key) => right.delete(key.toLowerCase()),
  })),
  change('that keeps its latest value in a property', ['shows nothing'], (right) => {
    const kept = { latest: '' };
    const write: CredentialStore['write'] = (key, fence, value) => {
      kept.latest = value;
      return right.write(key, fence, value);
    };
    return { write, ...{ kept } };
  }),
];

/** Leases that are over once their time is, also where nobody came after. */
function strictLeases(right: CredentialStore, clock: Pick<Clock, 'now'>) {
  const until = new Map<string, number>();
  const lease: CredentialStore['lease'] = async (key, leaseMs) => {
    const given = await right.lease(key, leaseMs);
    if (given !== undefined) until.set(given.fence, clock.now() + leaseMs);
    return given;
  };
  return { lease, isOver: (fence: string) => clock.now() > (until.get(fence) ?? 0) };
}

/** Writes whoever asks. */
function lastWriterWins(right: CredentialStore): CredentialStore['write'] {
  return (key, fence, value) => rewrite(right, key, fence, value);
}

async function rewrite(
  right: CredentialStore,
  key: string,
  fence: string,
  value: string,
): Promise<boolean> {
  if (await right.write(key, fence, value)) return true;
  await right.delete(key);
  const lease = await right.lease(key, 60_000);
  return right.write(key, lease?.fence ?? '', value);
}

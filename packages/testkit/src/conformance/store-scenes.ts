import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import type { CredentialStore, StoreLease } from '@keyturn/core';
import { showsNone } from './printed.js';
import type { StoreUnderTest } from './store-under-test.js';

/** One promise that a store keeps. */
export interface StoreScene {
  readonly name: string;
  play(stage: StoreStage): Promise<void>;
}

const key = 'https://login.test/ a person';
const secret = 'a-very-secret-value';
const defaultLeaseMs = 300;

/** The store of one scene, and what the scenes do with it again and again. */
export class StoreStage {
  readonly leaseMs: number;
  readonly pass: (ms: number) => Promise<void>;
  readonly #subject: StoreUnderTest;

  constructor(subject: StoreUnderTest, pass: (ms: number) => Promise<void>) {
    this.#subject = subject;
    this.pass = pass;
    this.leaseMs = subject.leaseMs ?? defaultLeaseMs;
  }

  open(): Promise<CredentialStore> {
    return Promise.resolve(this.#subject.open());
  }

  async openMany(count: number): Promise<CredentialStore[]> {
    return Promise.all(Array.from({ length: count }, () => this.open()));
  }

  /** Takes a lease that has to be free. */
  async take(store: CredentialStore, name: string = key): Promise<StoreLease> {
    const lease = await store.lease(name, this.leaseMs);
    ok(lease, 'A lease that nobody holds was not given.');
    return lease;
  }

  async write(store: CredentialStore, value: string, name: string = key): Promise<StoreLease> {
    const lease = await this.take(store, name);
    equal(
      await store.write(name, lease.fence, value),
      true,
      'The holder of the lease could not write.',
    );
    return lease;
  }

  /** Asks for a lease until it is given, as somebody does who waits. */
  async takeOver(store: CredentialStore): Promise<StoreLease> {
    for (let looks = 0; looks < 30; looks += 1) {
      const lease = await store.lease(key, this.leaseMs);
      if (lease !== undefined) return lease;
      await this.pass(this.leaseMs / 5);
    }
    throw new Error('A lease was not over after six times its time.');
  }

  /** One process has the lease, and another one takes it over. */
  async overtaken(): Promise<{
    old: CredentialStore;
    next: CredentialStore;
    fences: [string, string];
  }> {
    const [old, next] = (await this.openMany(2)) as [CredentialStore, CredentialStore];
    const { fence } = await this.take(old);
    await this.pass(this.leaseMs);
    const { fence: nextFence } = await this.takeOver(next);
    return { old, next, fences: [fence, nextFence] };
  }
}

export const storeScenes: readonly StoreScene[] = [
  {
    name: 'has nothing where nothing was written',
    play: async (stage) => {
      equal(await (await stage.open()).read(key), undefined);
    },
  },
  {
    name: 'has what was written, for every process, in the version of the lease',
    play: async (stage) => {
      const { fence } = await stage.write(await stage.open(), secret);
      const record = await (await stage.open()).read(key);
      deepEqual([record?.value, record?.version], [secret, fence]);
    },
  },
  {
    name: 'keeps text as it is, whatever stands in it',
    play: async (stage) => {
      const store = await stage.open();
      for (const text of ['{"a":1}', '', 'ключ\n\r\t\0"\\ 🔑', 'x'.repeat(100_000)]) {
        await stage.write(store, text);
        ok((await store.read(key))?.value === text, 'Other text was read than was written.');
      }
    },
  },
  {
    name: 'keeps keys apart, whatever they look like',
    play: async (stage) => {
      const store = await stage.open();
      const names = [
        'a',
        'A',
        'a/b',
        'a-b',
        'a\\b',
        '..',
        '../a',
        'á',
        '{a}',
        ' ',
        'a'.repeat(500),
      ];
      for (const name of names) await stage.write(store, `value of ${name}`, name);
      for (const name of names) equal((await store.read(name))?.value, `value of ${name}`);
    },
  },
  {
    name: 'gives the lease of one key whoever has that of another, and ends it with no other',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const { fence } = await stage.take(one);
      await stage.write(other, secret, 'another key');
      await other.delete('another key');
      equal(await one.renew(key, fence, stage.leaseMs), true);
      equal(await one.write(key, fence, secret), true);
    },
  },
  {
    name: 'tells how old a record is, where it has a clock for that',
    play: async (stage) => {
      const store = await stage.open();
      await stage.write(store, secret);
      await stage.pass(stage.leaseMs);
      const { ageMs = stage.leaseMs } = (await store.read(key)) ?? {};
      // Timers may ring a moment early, and a machine may be busy for as long as it likes.
      ok(ageMs >= stage.leaseMs * 0.9, `A record is ${ageMs} ms old after ${stage.leaseMs} ms.`);
    },
  },
  {
    name: 'gives a lease to one of many who ask in the same moment',
    play: async (stage) => {
      const stores = await stage.openMany(12);
      const leases = await Promise.all(stores.map((store) => store.lease(key, 10_000)));
      equal(leases.filter((lease) => lease !== undefined).length, 1);
    },
  },
  {
    name: 'gives nobody a lease that is held',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      await one.lease(key, stage.leaseMs * 20);
      for (let looks = 0; looks < 4; looks += 1) {
        equal(await other.lease(key, stage.leaseMs), undefined);
        equal(await one.lease(key, stage.leaseMs), undefined);
        await stage.pass(stage.leaseMs / 5);
      }
    },
  },
  {
    name: 'gives a lease at once that was given back',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const { fence } = await stage.take(one);
      await one.release(key, fence);
      equal((await stage.take(other)).isTakeover, false);
    },
  },
  {
    name: 'gives a lease at once that a write has ended',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      await stage.write(one, secret);
      equal((await stage.take(other)).isTakeover, false);
    },
  },
  {
    name: 'gives a lease again that is over, and says that it was not given back',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      await stage.take(one);
      equal((await stage.takeOver(other)).isTakeover, true);
    },
  },
  {
    name: 'leaves a lease to whoever renews it',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const { fence } = await stage.take(one);
      for (let renewals = 0; renewals < 12; renewals += 1) {
        await stage.pass(stage.leaseMs / 5);
        equal(await one.renew(key, fence, stage.leaseMs), true);
        equal(await other.lease(key, stage.leaseMs), undefined);
      }
    },
  },
  {
    name: 'renews a lease that is over where nobody came after',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const { fence } = await stage.take(one);
      await stage.pass(stage.leaseMs * 2);
      equal(await one.renew(key, fence, stage.leaseMs * 20), true);
      equal(await other.lease(key, stage.leaseMs), undefined);
    },
  },
  {
    name: 'renews no lease that somebody has taken over',
    play: async (stage) => {
      const { old, next, fences } = await stage.overtaken();
      equal(await old.renew(key, fences[0], stage.leaseMs), false);
      equal(await next.renew(key, fences[1], stage.leaseMs), true);
    },
  },
  {
    name: 'refuses the write of a lease that somebody has taken over, before and after that one has written',
    play: async (stage) => {
      const { old, next, fences } = await stage.overtaken();
      equal(await old.write(key, fences[0], 'too late'), false);
      equal(await next.write(key, fences[1], 'in time'), true);
      equal(await old.write(key, fences[0], 'too late'), false);
      equal((await next.read(key))?.value, 'in time');
    },
  },
  {
    name: 'takes the write of a lease that is over where nobody came after',
    play: async (stage) => {
      const store = await stage.open();
      const { fence } = await stage.take(store);
      await stage.pass(stage.leaseMs * 2);
      equal(await store.write(key, fence, 'late'), true);
      equal((await store.read(key))?.value, 'late');
    },
  },
  {
    name: 'takes a write a second time whose answer was lost, until somebody else has written',
    play: async (stage) => {
      const store = await stage.open();
      const { fence } = await stage.write(store, 'once');
      equal(await store.write(key, fence, 'once'), true);
      await stage.write(store, 'next');
      equal(await store.write(key, fence, 'once'), false);
      equal((await store.read(key))?.value, 'next');
    },
  },
  {
    name: 'gives back nobody else’s lease',
    play: async (stage) => {
      const { old, next, fences } = await stage.overtaken();
      await next.renew(key, fences[1], stage.leaseMs * 20);
      await old.release(key, fences[0]);
      equal(await old.lease(key, stage.leaseMs), undefined);
    },
  },
  {
    name: 'gives each lease a name that no other had',
    play: async (stage) => {
      const fences = new Set<string>();
      for (const store of await stage.openMany(3)) {
        for (const name of [key, 'another key', key]) {
          const { fence } = await stage.take(store, name);
          await store.release(name, fence);
          fences.add(fence);
        }
      }
      equal(fences.size, 9);
    },
  },
  {
    name: 'takes a record away for all, in a version of its own',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const { fence } = await stage.write(one, secret);
      await other.delete(key);
      const record = await one.read(key);
      equal(record?.value, undefined);
      notEqual(record?.version ?? 'none', fence);
      equal(await one.write(key, fence, secret), false);
    },
  },
  {
    name: 'ends a lease with the record: a logout is not undone by who was about to write',
    play: async (stage) => {
      const [one, other] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const { fence } = await stage.take(one);
      await other.delete(key);
      equal(await one.renew(key, fence, stage.leaseMs), false);
      equal(await one.write(key, fence, secret), false);
      equal((await other.read(key))?.value, undefined);
      await stage.write(other, 'of the next login');
      equal((await one.read(key))?.value, 'of the next login');
    },
  },
  {
    name: 'shows readers a whole record, never a part of one',
    play: async (stage) => {
      const [writer, reader] = (await stage.openMany(2)) as [CredentialStore, CredentialStore];
      const texts = ['a', 'b'].map((letter) => letter.repeat(50_000));
      await stage.write(writer, texts[0] as string);
      let isWriting = true;
      const writes = (async () => {
        for (let round = 1; round <= 10; round += 1)
          await stage.write(writer, texts[round % 2] as string);
      })().finally(() => {
        isWriting = false;
      });
      writes.catch(() => {});
      while (isWriting) {
        const value = (await reader.read(key))?.value ?? '';
        ok(texts.includes(value), `A part of a record was read, ${value.length} characters long.`);
      }
      await writes;
    },
  },
  {
    name: 'loses no write of processes that take turns',
    play: async (stage) => {
      const stores = await stage.openMany(4);
      await Promise.all(stores.map((store) => countUp(store, stage, 3)));
      equal((await (await stage.open()).read(key))?.value, '12');
    },
  },
  {
    name: 'shows nothing of what it keeps when it is printed, and has a name',
    play: async (stage) => {
      const store = await stage.open();
      await stage.write(store, secret);
      await store.read(key);
      notEqual(store.name.trim(), '');
      showsNone([secret], store, 'store');
    },
  },
];

/** Reads a number and writes the next one, as often as `times` says. */
async function countUp(store: CredentialStore, stage: StoreStage, times: number): Promise<void> {
  for (let count = 0; count < times; ) {
    const lease = await store.lease(key, 60_000);
    if (lease === undefined) {
      await stage.pass(1);
      continue;
    }
    const value = Number((await store.read(key))?.value ?? 0);
    // The others get a turn between the read and the write.
    await stage.pass(1);
    equal(await store.write(key, lease.fence, String(value + 1)), true);
    count += 1;
  }
}

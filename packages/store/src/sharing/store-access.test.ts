import type { Clock, CredentialStore, StoredRecord } from '@keyturn/core';
import { memoryStore } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { StoreAccess } from './store-access.js';

/** The timers of a process that is stopped: when it wakes, all that it had are due, and those that it sets then are not. */
function stoppedProcess() {
  const timers = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    schedule: (_, callback) => {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
  };
  const wake = (): void => {
    for (const callback of [...timers]) {
      timers.delete(callback);
      callback();
    }
  };
  return { clock, timers, wake };
}

/** A store that answers when it is told to. */
function setUp() {
  let answer: (record: StoredRecord) => void = () => {};
  const record = new Promise<StoredRecord>((resolve) => {
    answer = resolve;
  });
  const store: CredentialStore = { ...memoryStore(), read: () => record };
  const { clock, timers, wake } = stoppedProcess();
  const access = new StoreAccess({ store, key: 'k', leaseMs: 1_000, clock, isStrict: true });
  const reading = access.read();
  reading.catch(() => {});
  return { answer, reading, timers, wake };
}

describe('a call to a store', () => {
  it('takes the answer that waits for a process which was stopped, although its time is over', async () => {
    const { answer, reading, timers, wake } = setUp();
    wake();
    await Promise.resolve();
    answer({ version: 'v', value: undefined });
    expect((await reading)?.version).toBe('v');
    expect(timers.size).toBe(0);
  });

  it('is given up where a process runs on and no answer comes', async () => {
    const { reading, timers, wake } = setUp();
    for (let turns = 0; turns < 10; turns += 1) wake();
    await expect(reading).rejects.toMatchObject({
      error: { code: 'ERR_STORE_FAILED', message: expect.stringContaining('within 5000 ms') },
    });
    expect(timers.size).toBe(0);
  });
});

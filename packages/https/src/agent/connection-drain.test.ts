import { Agent } from 'node:https';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Credential } from '@keyturn/core/binding';
import { beforeEach, expect, it, vi } from 'vitest';
import { ClientIdentity } from './client-identity.js';
import { ConnectionDrain } from './connection-drain.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const oldIdentity = (): ClientIdentity =>
  new ClientIdentity({ generation: 1, certificateGeneration: 1 } as Credential);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return () => {
    // First: a spy that is put back later puts a timer back that never ends.
    vi.restoreAllMocks();
    vi.useRealTimers();
  };
});

it('waits for the cut with a timer that keeps no process alive, until it is stopped', () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const drain = new ConnectionDrain(new Agent());
  drain.begin(oldIdentity(), 500);
  drain.begin(oldIdentity(), 900);
  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false, false]);
  drain.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('waits for nothing where nothing is to be cut', () => {
  new ConnectionDrain(new Agent()).begin(oldIdentity(), undefined);
  expect(vi.getTimerCount()).toBe(0);
});

it('keeps nothing of an identity whose connections have been cut', async () => {
  const drain = new ConnectionDrain(new Agent());
  const begin = (): WeakRef<ClientIdentity> => {
    const identity = oldIdentity();
    drain.begin(identity, 500);
    return new WeakRef(identity);
  };
  const old = begin();
  vi.advanceTimersByTime(500);
  for (let round = 0; round < 5; round += 1) {
    await turn();
    collectGarbage();
  }
  expect(old.deref()).toBeUndefined();
  expect(drain.counts).toEqual({ opened: 0, drained: 0 });
});

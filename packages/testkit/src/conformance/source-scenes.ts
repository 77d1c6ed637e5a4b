import { equal, notEqual, ok } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CredentialManager,
  type CredentialSource,
  createCredentialManager,
  isCredentialError,
} from '@keyturn/core';
import { manualClock } from '../manual-clock.js';
import { inTime, rejection } from './expectations.js';
import { showsNone } from './printed.js';
import type { SourceUnderTest } from './source-under-test.js';

/** One promise that a credential source keeps. */
export interface SourceScene {
  readonly name: string;
  /** What the source must be able to do for the scene to make sense. */
  readonly needs: readonly ('fail' | 'mend' | 'stall')[];
  play(subject: SourceUnderTest, limitMs: number): Promise<void>;
}

const never = new AbortController().signal;
const clock = manualClock(Date.now());

export const sourceScenes: readonly SourceScene[] = [
  {
    name: 'gives material that a manager accepts',
    needs: [],
    play: ({ source }, limitMs) =>
      withManager(source, async (manager) => {
        const { generation } = await inTime('a credential', manager.current(), limitMs);
        equal(generation, 1);
      }),
  },
  {
    name: 'has a name, without a secret in it',
    needs: [],
    play: async ({ source: { name }, secrets }) => {
      notEqual(name.trim(), '');
      for (const secret of secrets) ok(!name.includes(secret), 'The name holds a secret.');
    },
  },
  {
    name: 'shows no secret when it is printed',
    needs: [],
    play: async ({ source, secrets }, limitMs) => {
      await inTime('a load', source.load({ reason: 'initial', signal: never, clock }), limitMs);
      showsNone(secrets, source, 'source');
    },
  },
  {
    name: 'keeps what it puts into headers to itself',
    needs: [],
    play: async ({ source }, limitMs) => {
      const load = source.load({ reason: 'initial', signal: never, clock });
      const { headers = {} } = await inTime('a load', load, limitMs);
      const values = Object.values(headers);
      for (const value of values) ok(!source.name.includes(value), 'The name holds a header.');
      showsNone(values, source, 'source');
    },
  },
  {
    name: 'can be asked again',
    needs: [],
    play: ({ source }, limitMs) =>
      withManager(source, async (manager) => {
        await inTime('a credential', manager.current(), limitMs);
        await inTime('another one', manager.refresh(), limitMs);
        equal(manager.stats().runs, 2);
        equal(manager.stats().failures, 0);
      }),
  },
  {
    name: 'serves two managers at the same time',
    needs: [],
    play: async ({ source }, limitMs) => {
      const loads = (['initial', 'expired'] as const).map((reason) =>
        source.load({ reason, signal: never, clock }),
      );
      await inTime('two loads', Promise.all(loads), limitMs);
    },
  },
  {
    name: 'fails by a rejected promise, and shows no secret in the error',
    needs: ['fail'],
    play: async ({ source, secrets, fail }, limitMs) => {
      await fail?.();
      const load = startLoad(source, never);
      const error = await rejection('a load that fails', load, limitMs);
      ok(error instanceof Error || isCredentialError(error), 'It rejects with no error.');
      showsNone(secrets, error, 'error');
    },
  },
  {
    name: 'can be asked again after a failure',
    needs: ['fail', 'mend'],
    play: async ({ source, fail, mend }, limitMs) => {
      await fail?.();
      await rejection('a load that fails', startLoad(source, never), limitMs);
      await mend?.();
      await inTime(
        'the next load',
        source.load({ reason: 'initial', signal: never, clock }),
        limitMs,
      );
    },
  },
  {
    name: 'ends a load when it is aborted',
    needs: ['stall'],
    play: async ({ source, stall }, limitMs) => {
      await stall?.();
      const abort = new AbortController();
      const load = startLoad(source, abort.signal);
      await nextTurn();
      abort.abort();
      await rejection('a load that was aborted', load, limitMs);
    },
  },
  {
    name: 'ends a load that was aborted before it began',
    needs: ['stall'],
    play: async ({ source, stall }, limitMs) => {
      await stall?.();
      await rejection('an aborted load', startLoad(source, AbortSignal.abort()), limitMs);
    },
  },
  {
    name: 'leaves no rejection unhandled when nobody waits any more',
    needs: [],
    play: async ({ source, stall, fail }, limitMs) => {
      await (stall ?? fail)?.();
      const unhandled = await unhandledDuring(() =>
        withManager(source, async (manager) => {
          await rejection('a wait that is abandoned', abandon(manager), limitMs);
        }),
      );
      equal(unhandled, 0);
    },
  },
];

/** Begins a load; a source that throws instead of rejecting fails the scene here. */
function startLoad(source: CredentialSource, signal: AbortSignal): Promise<unknown> {
  const load = source.load({ reason: 'initial', signal, clock });
  load.catch(() => {});
  return load;
}

async function withManager(
  source: CredentialSource,
  use: (manager: CredentialManager) => Promise<void>,
): Promise<void> {
  const manager = createCredentialManager({ source, clock: manualClock(Date.now()) });
  try {
    await use(manager);
  } finally {
    await manager.close();
  }
}

/** Waits for a credential and closes the manager meanwhile. */
async function abandon(manager: CredentialManager): Promise<void> {
  const wait = manager.current();
  wait.catch(() => {});
  await nextTurn();
  await manager.close();
  await wait;
  // The source was quicker than the end of its manager.
  throw new Error('Closed.');
}

/** Counts the rejections that nobody handles while `act` runs and shortly after. */
async function unhandledDuring(act: () => Promise<void>): Promise<number> {
  let count = 0;
  const note = (): void => {
    count += 1;
  };
  process.on('unhandledRejection', note);
  try {
    await act();
    // Node tells of them after the microtasks of a turn.
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    return count;
  } finally {
    process.off('unhandledRejection', note);
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  CredentialError,
  type CredentialManager,
  createCredentialManager,
  type RefreshFailedEvent,
} from '@keyturn/core';
import { controlledSource, manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

type Options = Omit<Parameters<typeof createCredentialManager>[0], 'source' | 'clock'>;

const hourMs = 3_600_000;

function setUp(options: Options = {}) {
  const clock = manualClock();
  const source = controlledSource();
  const manager = createCredentialManager({ source, clock, ...options });
  onTestFinished(() => manager.close());
  const pauses: number[] = [];
  manager.on('refreshFailed', ({ nextAttemptAt }: RefreshFailedEvent) => {
    pauses.push(nextAttemptAt - clock.now());
  });
  /** Lets the load that is asked for, after its pause, bring an hour's token or fail. */
  const answer = async (ask: (manager: CredentialManager) => unknown, error?: Error) => {
    const asked = Promise.resolve(ask(manager)).catch(() => {});
    await clock.advance(1_000);
    const load = await source.nextLoad();
    if (error !== undefined) load.fail(error);
    else load.succeed({ token: `t${source.loads.length}`, expiresAt: clock.now() + hourMs });
    await asked;
    await nextTurn();
  };
  const fail = (ask: (manager: CredentialManager) => unknown): Promise<void> =>
    answer(ask, new Error('no'));
  return { clock, source, manager, pauses, answer, fail };
}

const current = (manager: CredentialManager): unknown => manager.current();
const peek = (manager: CredentialManager): unknown => manager.peek();
const refresh = (manager: CredentialManager): unknown => manager.refresh();

describe('a load that succeeds', () => {
  it('lets the pause of those who wait begin anew', async () => {
    const { clock, pauses, answer, fail } = setUp();
    for (let count = 0; count < 3; count += 1) await fail(current);
    await answer(current);
    await clock.advance(hourMs);
    await fail(current);
    expect(pauses[2]).toBeGreaterThan(500);
    expect(pauses[3]).toBeLessThanOrEqual(250);
  });

  it('lets the pause in the background begin anew, and ends it', async () => {
    const { clock, source, manager, pauses, answer, fail } = setUp();
    await answer(current);
    for (let count = 0; count < 8; count += 1) await fail(refresh);
    await answer(refresh);
    await clock.advance(hourMs - 60_000);
    await fail(peek);
    expect(pauses[7]).toBeGreaterThan(20_000);
    expect(pauses[8]).toBeLessThanOrEqual(250);
    await answer(refresh);
    expect(manager.stats().nextRefreshAt).toBeGreaterThan(clock.now() + hourMs / 2);
    expect(source.loads).toHaveLength(12);
  });

  it('lets the patience with a person begin anew', async () => {
    const { source, manager, answer, fail } = setUp({ giveUpAfter: 2 });
    Object.assign(source, { isInteractive: () => true });
    await fail(refresh);
    await answer(refresh);
    await fail(refresh);
    expect(manager.stats().nextRefreshAt).toBeDefined();
  });

  it('has no error to tell of any more', async () => {
    const { manager, answer, fail } = setUp();
    await fail(current);
    expect(manager.stats().lastErrorCode).toBe('ERR_SOURCE_FAILED');
    await answer(current);
    expect(manager.stats().lastErrorCode).toBeUndefined();
  });
});

describe('a refusal', () => {
  const invalidate = async (manager: CredentialManager): Promise<unknown> =>
    manager.invalidate(await manager.current());

  it.each([['brings another credential'], ['fails']])(
    'is forgotten when its load %s: what is due is served',
    async (outcome) => {
      const { clock, manager, answer, fail } = setUp();
      await answer(current);
      await (outcome === 'fails' ? fail(invalidate) : answer(invalidate));
      const held = manager.peek();
      expect(held).toBeDefined();
      await clock.advance(hourMs - 60_000);
      expect(manager.peek()).toBe(held);
    },
  );

  it('starts no load while the source rests from a failure', async () => {
    const { source, manager, answer, fail } = setUp();
    await answer(current);
    for (let count = 0; count < 5; count += 1) await fail(refresh);
    const held = await manager.current();
    expect(await manager.invalidate(held)).toBeUndefined();
    expect(source.loads).toHaveLength(6);
    expect(manager.peek()).toBe(held);
  });
});

describe('a failure that is final', () => {
  const revoked = new CredentialError('ERR_SOURCE_FAILED', 'Revoked.', { isFinal: true });

  it('is everyone’s answer, without another load, until refresh() is called', async () => {
    const { clock, source, manager, pauses, answer } = setUp();
    await answer(current, revoked);
    await clock.advance(24 * hourMs);
    const error = await manager.current().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_SOURCE_FAILED', isFinal: true });
    expect((error as Error).message).toBe(
      'Revoked. The source is not asked again until "refresh()" is called.',
    );
    expect([pauses, manager.stats().nextRefreshAt]).toEqual([[Infinity], undefined]);
    expect(source.loads).toHaveLength(1);
    await answer(refresh);
    expect((await manager.current()).token).toBe('t2');
  });

  it('leaves what is held until it expires, and no refusal has the source asked', async () => {
    const { clock, source, manager, answer } = setUp();
    await answer(current);
    await answer(refresh, revoked);
    const held = await manager.current();
    await clock.advance(hourMs - 60_000);
    expect(manager.peek()).toBe(held);
    expect(await manager.invalidate(held)).toBeUndefined();
    await clock.advance(hourMs);
    await expect(manager.current()).rejects.toMatchObject({ isFinal: true });
    expect(source.loads).toHaveLength(2);
  });

  it('is final no more once a later one is not: what refresh() met was an outage', async () => {
    const { clock, source, manager, answer, fail } = setUp();
    await answer(current, revoked);
    await fail(refresh);
    await clock.advance(1_000);
    await answer(current);
    expect(manager.peek()?.token).toBe('t3');
    expect(source.loads).toHaveLength(3);
  });
});

describe('a failure that says how long to wait', () => {
  const busy = new CredentialError('ERR_SOURCE_FAILED', 'Busy.', { retryAfterMs: 600_000 });

  it('has the source left alone for so long, and refresh() ask all the same', async () => {
    const { clock, source, manager, pauses, answer } = setUp();
    await answer(current, busy);
    expect(pauses[0]).toBeGreaterThanOrEqual(600_000);
    await clock.advance(598_000);
    await expect(manager.current()).rejects.toMatchObject({ retryAfterMs: 600_000 });
    expect(source.loads).toHaveLength(1);
    await answer(refresh);
    expect(source.loads).toHaveLength(2);
  });

  it('ends after that time', async () => {
    const { clock, manager, answer } = setUp();
    await answer(current, busy);
    await clock.advance(660_000);
    await answer(current);
    expect(manager.peek()?.token).toBe('t2');
  });

  it('said in the background, holds for those who wait when what was held has expired', async () => {
    const { clock, source, manager, answer } = setUp();
    await answer(current);
    await clock.advance(hourMs - 60_000);
    await answer(peek, busy);
    await clock.advance(120_000);
    await expect(manager.current()).rejects.toMatchObject({ retryAfterMs: 600_000 });
    expect(source.loads).toHaveLength(2);
  });
});

describe('close()', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');

  /** Whether what `ref` refers to is still kept by somebody. */
  const isKept = async (ref: WeakRef<object>): Promise<boolean> => {
    for (let round = 0; round < 5; round += 1) {
      await nextTurn();
      collectGarbage();
    }
    return ref.deref() !== undefined;
  };

  it('keeps neither the credential nor what the source threw', async () => {
    const manager = createCredentialManager({
      source: {
        name: 'forgetful',
        load: async ({ reason }) => {
          if (reason === 'initial') return { token: 'secret' };
          throw new CredentialError('ERR_SOURCE_FAILED', 'secret');
        },
      },
    });
    const refs = [
      new WeakRef(await manager.current()),
      new WeakRef(await manager.refresh().catch((error: object) => error)),
    ];
    await manager.close();
    for (const ref of refs) expect(await isKept(ref)).toBe(false);
    expect(manager.peek()).toBeUndefined();
  });

  it('lets the process end, although a load goes on that somebody has waited for', async () => {
    const { source, manager } = setUp();
    let isRef = true;
    const waiting = manager.current().catch(() => {});
    const { context } = await source.nextLoad();
    context.keepAlive?.({ ref: () => (isRef = true), unref: () => (isRef = false) });
    expect(isRef).toBe(true);
    await manager.close();
    expect(isRef).toBe(false);
    await waiting;
  });
});

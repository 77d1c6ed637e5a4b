/** What a source says of its next load, and what a caller wants of the credential. */
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { LeasedManager } from '@keyturn/core/lifecycle';
import { controlledSource, manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

function setUp() {
  const clock = manualClock();
  const source = controlledSource();
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  return { clock, source, manager };
}

const minutes = (count: number): number => count * 60_000;

describe('refreshAt', () => {
  it('has the source asked in the background from then on, while what is held serves', async () => {
    const { clock, source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', refreshAt: clock.now() + minutes(1) });
    await waiting;
    expect(manager.stats().nextRefreshAt).toBe(clock.now() + minutes(1));
    await clock.advance(minutes(1) - 1);
    expect(manager.peek()?.token).toBe('one');
    expect(source.loads).toHaveLength(1);
    await clock.advance(1);
    expect(manager.peek()?.token).toBe('one');
    const load = await source.nextLoad();
    expect(load.context.reason).toBe('due');
    load.succeed({ token: 'two' });
    await expect.poll(() => manager.peek()?.token).toBe('two');
  });

  it('takes away nothing when the source fails', async () => {
    const { clock, source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', refreshAt: clock.now() + minutes(1) });
    await waiting;
    await clock.advance(minutes(2));
    expect(manager.peek()?.token).toBe('one');
    (await source.nextLoad()).fail(new Error('unreadable'));
    await clock.advance(minutes(60 * 24));
    expect((await manager.current()).token).toBe('one');
  });

  it('makes no new generation where the look finds the same, and one where only the expiry is another', async () => {
    const { clock, source, manager } = setUp();
    const waiting = manager.current();
    const next = (): number => clock.now() + minutes(1);
    (await source.nextLoad()).succeed({ token: 'one', refreshAt: next() });
    const first = await waiting;
    const look = async (more: object): Promise<number> => {
      const renewing = manager.refresh();
      (await source.nextLoad()).succeed({ token: 'one', refreshAt: next(), ...more });
      return (await renewing).generation;
    };
    expect(await look({})).toBe(1);
    expect(manager.peek()).toBe(first);
    expect(await look({ expiresAt: clock.now() + minutes(60) })).toBe(2);
    expect(await look({ refreshAt: undefined, expiresAt: clock.now() + minutes(60) })).toBe(3);
  });

  it('does not put off what expires sooner', async () => {
    const { clock, source, manager } = setUp();
    const waiting = manager.current();
    const expiresAt = clock.now() + minutes(1);
    (await source.nextLoad()).succeed({ token: 'one', expiresAt, refreshAt: expiresAt * 2 });
    await waiting;
    expect(manager.stats().nextRefreshAt).toBeLessThan(expiresAt);
  });

  it('that has passed asks once in a second, not with each request', async () => {
    const { clock, source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', refreshAt: clock.now() - minutes(1) });
    await waiting;
    await clock.advance(999);
    expect(manager.peek()?.token).toBe('one');
    await clock.advance(0);
    expect(source.loads).toHaveLength(1);
    await clock.advance(1);
    expect(manager.peek()?.token).toBe('one');
    await source.nextLoad();
    expect(source.loads).toHaveLength(2);
  });

  it.each([
    ['3600', 'a string'],
    [Number.NaN, 'NaN'],
    [1_764_000_000, 'multiply it by 1000'],
  ])('is refused where it is no time: %s', async (refreshAt, words) => {
    const { source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', refreshAt: refreshAt as number });
    await expect(waiting).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_EXPIRY',
      message: expect.stringContaining(words),
    });
  });
});

describe('state', () => {
  it('goes back to the source at its next load, and stands nowhere else', async () => {
    const { source, manager } = setUp();
    const waiting = manager.current();
    const first = await source.nextLoad();
    expect(first.context.state).toBeUndefined();
    first.succeed({ token: 'one', state: 'r3fresh-1' });
    const credential = await waiting;
    const renewing = manager.refresh();
    const second = await source.nextLoad();
    expect(second.context.state).toBe('r3fresh-1');
    for (const shown of [credential, manager, manager.stats()]) {
      expect(inspect(shown, { showHidden: true, depth: 9 })).not.toContain('r3fresh-1');
    }
    second.succeed({ token: 'two' });
    await renewing;
    void manager.refresh();
    expect((await source.nextLoad()).context.state).toBeUndefined();
  });

  it('outlives a load that fails', async () => {
    const { source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', state: 'kept' });
    await waiting;
    const failing = manager.refresh();
    (await source.nextLoad()).fail(new Error('outage'));
    await expect(failing).rejects.toThrow();
    void manager.refresh().catch(() => undefined);
    expect((await source.nextLoad()).context.state).toBe('kept');
  });

  it('is taken where the rest is refused: a refresh token that is used once is gone otherwise', async () => {
    const { source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'two\nlines', state: 'next' });
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_TOKEN' });
    void manager.refresh().catch(() => undefined);
    expect((await source.nextLoad()).context.state).toBe('next');
  });

  it('is refused where it is no string, without a word of it', async () => {
    const { source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', state: { refresh: 's3cret' } as never });
    await expect(waiting).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_STATE',
      message: expect.not.stringContaining('s3cret'),
    });
  });
});

describe('minValidityMs', () => {
  async function holding(lifetimeMs: number) {
    const { clock, source, manager } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'one', expiresAt: clock.now() + lifetimeMs });
    await waiting;
    return { clock, source, manager };
  }

  it('is met by what is held, without a load', async () => {
    const { source, manager } = await holding(minutes(60));
    expect((await manager.current({ minValidityMs: minutes(30) })).token).toBe('one');
    expect(source.loads).toHaveLength(1);
  });

  it('has the source asked first where what is held expires sooner', async () => {
    const { clock, source, manager } = await holding(minutes(60));
    await clock.advance(minutes(40));
    const waiting = manager.current({ minValidityMs: minutes(30) });
    const other = manager.current();
    (await source.nextLoad()).succeed({ token: 'two', expiresAt: clock.now() + minutes(60) });
    expect((await waiting).token).toBe('two');
    expect((await other).token).toBe('one');
    expect(source.loads).toHaveLength(2);
  });

  it('is given up where the source has nothing longer: it is asked once, not with each call', async () => {
    const { clock, source, manager } = await holding(minutes(60));
    await clock.advance(minutes(1));
    const waiting = manager.current({ minValidityMs: minutes(600) });
    (await source.nextLoad()).succeed({ token: 'two', expiresAt: clock.now() + minutes(60) });
    expect((await waiting).token).toBe('two');
    expect((await manager.current({ minValidityMs: minutes(600) })).token).toBe('two');
    expect(source.loads).toHaveLength(2);
  });

  it('is given up where the source fails while what is held still works', async () => {
    const { clock, source, manager } = await holding(minutes(60));
    await clock.advance(minutes(40));
    const waiting = manager.current({ minValidityMs: minutes(30) });
    (await source.nextLoad()).fail(new Error('outage'));
    expect((await waiting).token).toBe('one');
    // Nor is it asked again before the pause behind a failure has passed.
    expect((await manager.current({ minValidityMs: minutes(30) })).token).toBe('one');
    await clock.advance(0);
    expect(source.loads).toHaveLength(2);
  });

  it('is waited for by a lease until that is closed', async () => {
    const { clock, source, manager } = await holding(minutes(60));
    await clock.advance(minutes(40));
    const lease = new LeasedManager(manager, async () => {});
    const waiting = lease.current({ minValidityMs: minutes(30) });
    await source.nextLoad();
    await lease.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });

  it('is a number of milliseconds', async () => {
    const { manager } = await holding(minutes(60));
    await expect(manager.current({ minValidityMs: -1 })).rejects.toThrow('"minValidityMs"');
  });
});

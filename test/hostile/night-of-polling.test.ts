import tty from 'node:tty';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { type ManualClock, manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

// A login has lapsed, nobody is there, and a program asks every few seconds through a night of eight hours.

const minute = 60_000;

/** A source whose every load ends after `takesMs` with nobody having signed in. */
function unansweredSource(
  clock: ManualClock,
  takesMs: number,
  more: Partial<CredentialSource> = {},
) {
  const source = {
    name: 'login',
    runs: 0,
    isAnswered: false,
    load: async () => {
      source.runs += 1;
      await new Promise<void>((resolve) => clock.schedule(takesMs, resolve));
      if (!source.isAnswered) throw new Error('nobody signed in');
      return { token: 'signed in', expiresAt: clock.now() + 60 * minute };
    },
    ...more,
  };
  return source;
}

async function poll(clock: ManualClock, source: CredentialSource, options: object = {}) {
  const manager = createCredentialManager({ clock, source, ...options });
  onTestFinished(() => manager.close());
  let last: unknown;
  for (let passedMs = 0; passedMs < 8 * 60 * minute; passedMs += 10_000) {
    manager.current().catch((error) => {
      last = error;
    });
    await clock.advance(10_000);
  }
  return { manager, last };
}

const asking = { isInteractive: () => true };

describe('a night of polling', () => {
  it.each([
    ['at once', 0],
    ['after a minute', minute],
    ['after three minutes', 3 * minute],
    ['after an hour', 60 * minute],
  ])('runs a login that nobody answers, and that fails %s, five times', async (_, takesMs) => {
    const clock = manualClock();
    const source = unansweredSource(clock, takesMs, asking);
    const { last } = await poll(clock, source);
    expect(source.runs).toBe(5);
    expect(last).toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    expect(last).toHaveProperty(
      'message',
      expect.stringMatching(
        /Nobody has answered 5 times in a row: .* until "refresh\(\)" is called/,
      ),
    );
  });

  it('runs it as often as it was told to', async () => {
    const clock = manualClock();
    const source = unansweredSource(clock, minute, asking);
    await poll(clock, source, { giveUpAfter: 2 });
    expect(source.runs).toBe(2);
  });

  it.each([
    ['a login that asks for nothing we know of', minute, 160],
    ['one that takes three minutes', 3 * minute, 80],
    ['a source that fails at once', 0, 1_500],
  ])('goes on with pauses where the source never asks: %s', async (_, takesMs, most) => {
    const clock = manualClock();
    const source = unansweredSource(clock, takesMs);
    await poll(clock, source);
    expect(source.runs).toBeGreaterThan(50);
    expect(source.runs).toBeLessThanOrEqual(most);
  });

  it('never gives up where it was told not to', async () => {
    const clock = manualClock();
    const source = unansweredSource(clock, minute, asking);
    await poll(clock, source, { giveUpAfter: Number.POSITIVE_INFINITY });
    expect(source.runs).toBeGreaterThan(50);
  });
});

describe('after giving up', () => {
  async function gaveUp() {
    const clock = manualClock();
    const source = unansweredSource(clock, minute, asking);
    const { manager } = await poll(clock, source, { giveUpAfter: 2 });
    return { clock, source, manager };
  }

  it('tells when it will ask again: never', async () => {
    const { manager } = await gaveUp();
    expect(manager.stats()).toMatchObject({ runs: 2, nextRefreshAt: undefined });
  });

  it('asks once more for each refresh()', async () => {
    const { clock, source, manager } = await gaveUp();
    const refreshing = manager.refresh().catch((error) => error);
    await clock.advance(minute);
    expect(await refreshing).toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    await clock.advance(60 * minute);
    await expect(manager.current()).rejects.toThrow(/3 times in a row/);
    expect(source.runs).toBe(3);
  });

  it('works again once somebody has answered a refresh()', async () => {
    const { clock, source, manager } = await gaveUp();
    source.isAnswered = true;
    const refreshing = manager.refresh();
    await clock.advance(minute);
    expect((await refreshing).token).toBe('signed in');
    expect(await manager.current()).toBe(await refreshing);
  });

  it('counts anew from the last success', async () => {
    const { clock, source, manager } = await gaveUp();
    const refresh = async (isAnswered: boolean): Promise<void> => {
      source.isAnswered = isAnswered;
      const refreshing = manager.refresh().catch(() => {});
      await clock.advance(minute);
      await refreshing;
    };
    await refresh(true);
    await refresh(false);
    expect(manager.stats().nextRefreshAt).toBeDefined();
    await refresh(false);
    expect(manager.stats().nextRefreshAt).toBeUndefined();
  });

  it('starts nothing for a refusal, and serves on what is held', async () => {
    const clock = manualClock();
    const source = unansweredSource(clock, minute, asking);
    source.isAnswered = true;
    const manager = createCredentialManager({ clock, source, giveUpAfter: 1 });
    onTestFinished(() => manager.close());
    const waiting = manager.current();
    await clock.advance(minute);
    const held = await waiting;
    source.isAnswered = false;
    const failing = manager.refresh().catch(() => {});
    await clock.advance(minute);
    await failing;
    await clock.advance(30 * minute);
    expect(await manager.invalidate(held)).toBeUndefined();
    expect(manager.peek()).toBe(held);
    expect(source.runs).toBe(2);
  });

  it('says in its event that no attempt follows by itself', async () => {
    const clock = manualClock();
    const source = unansweredSource(clock, 0, asking);
    const manager = createCredentialManager({ clock, source, giveUpAfter: 1 });
    onTestFinished(() => manager.close());
    const failed = vi.fn();
    manager.on('refreshFailed', failed);
    manager.current().catch(() => {});
    await clock.advance(10);
    expect(failed).toHaveBeenCalledWith(
      expect.objectContaining({ nextAttemptAt: Number.POSITIVE_INFINITY }),
    );
  });
});

describe('an exec plugin', () => {
  const plugin = (
    interactiveMode: 'Never' | 'IfAvailable' | 'Always',
    clock: ManualClock,
    takesMs: number,
  ) => {
    let runs = 0;
    const source = execSource(
      { command: process.execPath, apiVersion: 'client.authentication.k8s.io/v1', interactiveMode },
      {
        clock,
        run: async () => {
          runs += 1;
          await new Promise<void>((resolve) => clock.schedule(takesMs, resolve));
          throw new Error('nobody signed in');
        },
      },
    );
    return { source, runs: () => runs };
  };

  it.each([0.5, 1, 3, 5])(
    'that may open a browser is run a dozen times where there is no terminal, each for %f min',
    async (minutes) => {
      vi.spyOn(tty, 'isatty').mockReturnValue(false);
      const clock = manualClock();
      const { source, runs } = plugin('IfAvailable', clock, minutes * minute);
      const { last } = await poll(clock, source);
      expect(runs()).toBeGreaterThan(10);
      expect(runs()).toBeLessThanOrEqual(16);
      expect(last).toHaveProperty(
        'message',
        expect.stringMatching(/1\d times in a row, perhaps for a login .* in some 60 minutes/),
      );
    },
  );

  it.each([10, 30, 120])(
    'that only hung, for an outage of %i min, serves again by itself in twice the time',
    async (outageMinutes) => {
      const clock = manualClock();
      const backAt = clock.now() + outageMinutes * minute;
      const source = unansweredSource(clock, minute, { mayHaveAsked: () => 'perhaps' });
      const manager = createCredentialManager({ clock, source });
      onTestFinished(() => manager.close());
      while (clock.now() < backAt + Math.min(60, outageMinutes + 2) * minute) {
        source.isAnswered = clock.now() >= backAt;
        manager.current().catch(() => {});
        await clock.advance(10_000);
      }
      expect(manager.peek()).toBeDefined();
    },
  );

  it('that asks at the terminal is run five times, however soon it fails', async () => {
    vi.spyOn(tty, 'isatty').mockReturnValue(true);
    const clock = manualClock();
    const { source, runs } = plugin('Always', clock, 100);
    await poll(clock, source);
    expect(runs()).toBe(5);
  });

  it.each([
    ['never asks, however long it takes', 'Never', 3 * minute],
    ['fails too soon to have waited for anybody', 'IfAvailable', 1_000],
  ] as const)('that %s is run on, with pauses', async (_, mode, takesMs) => {
    vi.spyOn(tty, 'isatty').mockReturnValue(false);
    const clock = manualClock();
    const { source, runs } = plugin(mode, clock, takesMs);
    await poll(clock, source);
    expect(runs()).toBeGreaterThan(50);
  });
});

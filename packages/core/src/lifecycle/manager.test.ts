import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CredentialMaterial,
  createCredentialManager,
  type RefreshFailedEvent,
} from '@keyturn/core';
import { controlledSource, manualClock, polluted } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

type Options = Omit<Parameters<typeof createCredentialManager>[0], 'source' | 'clock'>;

function setUp(options: Options = {}) {
  const clock = manualClock();
  const source = controlledSource();
  const manager = createCredentialManager({ source, clock, ...options });
  onTestFinished(() => manager.close());
  const lasting = (
    lifetimeMs: number,
    token = `token-${source.loads.length}`,
  ): CredentialMaterial => ({
    token,
    expiresAt: clock.now() + lifetimeMs,
  });
  /** Lets the manager hold a credential of that lifetime. */
  const hold = async (lifetimeMs: number) => {
    const waiting = manager.current();
    (await source.nextLoad()).succeed(lasting(lifetimeMs));
    return waiting;
  };
  return { clock, source, manager, lasting, hold };
}

const minutes = (count: number): number => count * 60_000;

describe('a fresh credential', () => {
  it('is served at once, synchronously, and starts nothing', async () => {
    const { manager, source, hold } = setUp();
    const credential = await hold(minutes(60));
    expect(manager.peek()).toBe(credential);
    expect(await manager.current()).toBe(credential);
    expect(source.loads).toHaveLength(1);
  });

  it('is kept for ever when it has no expiry', async () => {
    const { clock, manager, source } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'eternal' });
    const credential = await waiting;
    await clock.advance(minutes(60 * 24 * 365));
    expect(manager.peek()).toBe(credential);
    expect(source.loads).toHaveLength(1);
  });

  it('comes from a source that is told the clock by which it will be judged', async () => {
    const { clock, manager, source } = setUp();
    void manager.current();
    const load = await source.nextLoad();
    expect(load.context.clock).toBe(clock);
    load.succeed({ token: 't' });
  });

  it('is asked for by nobody while nobody asks', async () => {
    const { clock, source, hold } = setUp();
    await hold(minutes(1));
    await clock.advance(minutes(10));
    expect(source.loads).toHaveLength(1);
    expect(clock.scheduled).toBe(0);
  });
});

describe('without a credential', () => {
  it('shares one load between 10,000 concurrent callers', async () => {
    const { manager, source } = setUp();
    const callers = Array.from({ length: 10_000 }, () => manager.current());
    (await source.nextLoad()).succeed({ token: 'one' });
    expect(new Set(await Promise.all(callers)).size).toBe(1);
    expect(source.loads.map(({ context }) => context.reason)).toEqual(['initial']);
  });

  it('gives everyone who waits the same promise, and the next ones another', async () => {
    const { clock, manager, source } = setUp();
    const callers = Array.from({ length: 3 }, () => manager.current());
    expect(new Set(callers).size).toBe(1);
    (await source.nextLoad()).fail(new Error('no'));
    await expect(callers[0]).rejects.toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    await clock.advance(minutes(1));
    const later = manager.current();
    (await source.nextLoad()).succeed({ token: 'one' });
    expect(await later).toMatchObject({ token: 'one' });
  });

  it('peeks nothing and starts nothing', () => {
    const { manager, source } = setUp();
    expect(manager.peek()).toBeUndefined();
    expect(source.loads).toHaveLength(0);
  });

  it('fails everyone who waits with one error, and lets the next request succeed', async () => {
    const { clock, manager, source } = setUp();
    const callers = [manager.current(), manager.current()].map((caller) => caller.catch((e) => e));
    (await source.nextLoad()).fail(new Error('no'));
    const [first, second] = await Promise.all(callers);
    expect(first).toBe(second);
    expect(first).toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    const next = manager.current();
    await clock.advance(250);
    (await source.nextLoad()).succeed({ token: 'better' });
    expect((await next).token).toBe('better');
  });

  it('pauses longer after each failure, and answers at once when the pause is long', async () => {
    const { clock, manager, source } = setUp();
    const fail = async (): Promise<unknown> => {
      const failure = manager.current().catch((error) => error);
      await clock.advance(1_000);
      (await source.nextLoad()).fail(new Error('no'));
      return failure;
    };
    for (let count = 0; count < 4; count += 1) await fail();
    const last = await manager.current().catch((error) => error);
    expect(last).toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    expect(source.loads).toHaveLength(4);
    await clock.advance(2_000);
    expect(manager.current()).toBeInstanceOf(Promise);
    (await source.nextLoad()).succeed({ token: 'back' });
    expect((await manager.current()).token).toBe('back');
  });

  it('does not run a failing source in a hot loop', async () => {
    const { clock, manager, source } = setUp();
    const load = vi.fn(() => Promise.reject(new Error('no')));
    Object.assign(source, { load });
    for (let request = 0; request < 200; request += 1) {
      manager.current().catch(() => {});
      await clock.advance(50);
    }
    expect(load.mock.calls.length).toBeGreaterThan(3);
    expect(load.mock.calls.length).toBeLessThan(9);
  });
});

describe('a due credential', () => {
  it('is served at once while one background load runs', async () => {
    const { clock, manager, source, hold, lasting } = setUp();
    const old = await hold(minutes(60));
    await clock.advance(minutes(58) + 59_000);
    for (let request = 0; request < 100; request += 1) expect(manager.peek()).toBe(old);
    const load = await source.nextLoad();
    expect(load.context.reason).toBe('due');
    expect(await manager.current()).toBe(old);
    load.succeed(lasting(minutes(60)));
    await nextTurn();
    expect(manager.peek()?.generation).toBe(2);
    expect(source.loads).toHaveLength(2);
  });

  it('keeps serving the old credential while refreshes fail, until it really expires', async () => {
    const { clock, manager, source, hold } = setUp();
    const old = await hold(minutes(10));
    const load = vi.fn(() => Promise.reject(new Error('no')));
    Object.assign(source, { load });
    await clock.advance(minutes(8));
    while (clock.now() < (old.expiresAt ?? 0)) {
      expect(manager.peek() ?? (await manager.current())).toBe(old);
      await clock.advance(500);
    }
    expect(load.mock.calls.length).toBeGreaterThan(3);
    expect(load.mock.calls.length).toBeLessThan(15);
    await expect(manager.current()).rejects.toMatchObject({ code: 'ERR_SOURCE_FAILED' });
  });

  it('serves the held credential when the load at its clock-skew expiry fails', async () => {
    const { clock, manager, source, hold } = setUp();
    const old = await hold(minutes(10));
    await clock.advance(minutes(9) + 51_000);
    expect(manager.peek()).toBeUndefined();
    const waiting = manager.current();
    (await source.nextLoad()).fail(new Error('no'));
    expect(await waiting).toBe(old);
    expect(manager.peek()).toBe(old);
  });

  it('tries again as soon as it has really expired, whatever the background pause', async () => {
    const { clock, manager, source, hold } = setUp();
    await hold(minutes(10));
    await clock.advance(minutes(9));
    manager.peek();
    (await source.nextLoad()).fail(new Error('no'));
    await clock.advance(minutes(1));
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'new' });
    expect((await waiting).token).toBe('new');
  });

  it('is not refreshed in the background when the source would ask a person', async () => {
    const { clock, manager, source, hold } = setUp();
    Object.assign(source, { isInteractive: () => true });
    const old = await hold(minutes(60));
    await clock.advance(minutes(59));
    expect(manager.peek()).toBe(old);
    await nextTurn();
    expect(source.loads).toHaveLength(1);
    await clock.advance(minutes(1));
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ token: 'typed in' });
    expect((await waiting).token).toBe('typed in');
  });
});

describe('an expired credential', () => {
  it('makes everyone wait for one load', async () => {
    const { clock, manager, source, hold, lasting } = setUp();
    await hold(minutes(10));
    await clock.advance(minutes(11));
    expect(manager.peek()).toBeUndefined();
    const callers = Array.from({ length: 1_000 }, () => manager.current());
    const load = await source.nextLoad();
    load.succeed(lasting(minutes(10)));
    const answers = new Set((await Promise.all(callers)).map(({ generation }) => generation));
    expect([...answers]).toEqual([2]);
    expect(load.context.reason).toBe('expired');
    expect(source.loads).toHaveLength(2);
  });

  it('that was born so is used for ten seconds, is reported, and causes no run per request', async () => {
    const { clock, manager, source, hold } = setUp();
    const credential = await hold(-minutes(1));
    for (let second = 0; second < 9; second += 1) {
      expect(manager.peek()).toBe(credential);
      await clock.advance(1_000);
    }
    expect(manager.stats()).toMatchObject({ runs: 1, bornExpired: 1 });
    await clock.advance(1_000);
    expect(manager.peek()).toBeUndefined();
    expect(source.loads).toHaveLength(1);
  });

  it('follows the certificate when that ends before the source says so', async () => {
    const { createTestAuthority } = await import('@keyturn/testkit');
    const authority = await createTestAuthority();
    const { clock, manager, source } = setUp();
    const notAfter = Math.floor(clock.now() / 1_000) * 1_000 + minutes(5);
    const notBefore = notAfter - minutes(60);
    const clientCertificate = await authority.issueClientCertificate({ notBefore, notAfter });
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ clientCertificate, expiresAt: clock.now() + minutes(60) });
    expect((await waiting).expiresAt).toBe(notAfter);
  });
});

describe('an abort', () => {
  it('abandons the wait of its caller and of nobody else', async () => {
    const { manager, source } = setUp();
    const abort = new AbortController();
    const impatient = manager.current({ signal: abort.signal });
    const patient = manager.current({ signal: new AbortController().signal });
    const load = await source.nextLoad();
    const reason = new Error('I have no time');
    abort.abort(reason);
    await expect(impatient).rejects.toBe(reason);
    expect(load.context.signal.aborted).toBe(false);
    load.succeed({ token: 'in time' });
    expect((await patient).token).toBe('in time');
  });

  it('before the call rejects and starts nothing', async () => {
    const { manager, source } = setUp();
    const reason = new Error('too late');
    await expect(manager.current({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await nextTurn();
    expect(source.loads).toHaveLength(0);
  });
});

describe('invalidate', () => {
  it('runs the source once for 500 simultaneous refusals, and all get the next credential', async () => {
    const { manager, source, hold, lasting } = setUp();
    const refused = await hold(minutes(60));
    const reports = Array.from({ length: 500 }, () => manager.invalidate(refused));
    const load = await source.nextLoad();
    expect(load.context.reason).toBe('rejected');
    load.succeed(lasting(minutes(60)));
    const generations = new Set((await Promise.all(reports)).map((next) => next?.generation));
    expect([...generations]).toEqual([2]);
    expect(source.loads).toHaveLength(2);
  });

  it('starts nothing for a late refusal of an older credential, and gives the newer one', async () => {
    const { manager, source, hold, lasting } = setUp();
    const refused = await hold(minutes(60));
    const refreshing = manager.refresh();
    (await source.nextLoad()).succeed(lasting(minutes(60)));
    const newer = await refreshing;
    expect(await manager.invalidate(refused)).toBe(newer);
    expect(source.loads).toHaveLength(2);
  });

  it('makes new requests wait for the next credential while one is being fetched', async () => {
    const { manager, source, hold, lasting } = setUp();
    const refused = await hold(minutes(60));
    const report = manager.invalidate(refused);
    expect(manager.peek()).toBeUndefined();
    const request = manager.current();
    (await source.nextLoad()).succeed(lasting(minutes(60)));
    expect(await request).toBe(await report);
  });

  it('delivers the refusal when the source gives the same secret again', async () => {
    const { manager, source, hold } = setUp();
    const refused = await hold(minutes(60));
    const report = manager.invalidate(refused);
    (await source.nextLoad()).succeed({ token: refused.token });
    expect(await report).toBeUndefined();
    expect(await manager.invalidate(refused)).toBeUndefined();
    expect(source.loads).toHaveLength(2);
  });

  it('delivers the refusal when the source fails, and goes on with what is held', async () => {
    const { manager, source, hold } = setUp();
    const refused = await hold(minutes(60));
    const report = manager.invalidate(refused);
    const request = manager.current();
    (await source.nextLoad()).fail(new Error('no'));
    expect(await report).toBeUndefined();
    expect(await request).toBe(refused);
    expect(manager.peek()).toBe(refused);
  });

  it('delivers the refusal at once when refusals come faster than the limit', async () => {
    const { clock, manager, source, hold } = setUp({
      refusalLimit: { threshold: 2, intervalMs: 1_000 },
    });
    let credential = await hold(minutes(60));
    const refuse = async () => {
      const report = manager.invalidate(credential);
      await nextTurn();
      source.loads.at(-1)?.succeed({ token: `again-${source.loads.length}` });
      const next = await report;
      credential = next ?? credential;
      return next;
    };
    expect(await refuse()).toBeDefined();
    expect(await refuse()).toBeDefined();
    expect(await refuse()).toBeUndefined();
    expect(source.loads).toHaveLength(3);
    await clock.advance(1_000);
    expect(await refuse()).toBeDefined();
  });

  it('hands the refusal to the source', async () => {
    const { manager, source, hold } = setUp();
    const response = { status: 401, headers: { 'www-authenticate': ['Bearer'] } };
    const report = manager.invalidate(await hold(minutes(60)), { response });
    const load = await source.nextLoad();
    load.succeed({ token: 'x' });
    await report;
    expect(load.context.response).toBe(response);
  });

  it('honours the abort of its caller', async () => {
    const { manager, source, hold } = setUp();
    const abort = new AbortController();
    const report = manager.invalidate(await hold(minutes(60)), { signal: abort.signal });
    await source.nextLoad();
    abort.abort(new Error('enough'));
    await expect(report).rejects.toThrow('enough');
  });
});

describe('refresh', () => {
  it('asks the source whatever is held', async () => {
    const { manager, source, hold, lasting } = setUp();
    await hold(minutes(60));
    const refreshing = manager.refresh();
    const load = await source.nextLoad();
    load.succeed(lasting(minutes(60)));
    expect((await refreshing).generation).toBe(2);
    expect(load.context.reason).toBe('requested');
  });

  it('does not wait out the pause after a failure', async () => {
    const { manager, source } = setUp();
    const failure = manager.current().catch(() => {});
    (await source.nextLoad()).fail(new Error('no'));
    await failure;
    const waiting = manager.current();
    const refreshing = manager.refresh();
    (await source.nextLoad()).succeed({ token: 'now' });
    expect((await refreshing).token).toBe('now');
    expect((await waiting).token).toBe('now');
  });
});

describe('what stands on Object.prototype', () => {
  it('is no option of anybody who asks', async () => {
    const { manager, source, hold } = setUp();
    await hold(minutes(60));
    const values = { signal: AbortSignal.abort(), minValidityMs: 1e15, response: 'x' };
    const asked = polluted(values, () => [manager.current(), manager.current({})]);
    expect((await Promise.all(asked)).map(({ generation }) => generation)).toEqual([1, 1]);
    const refreshing = polluted(values, () => manager.refresh());
    (await source.nextLoad()).succeed({ token: 'next' });
    expect((await refreshing).generation).toBe(2);
  });
});

describe('a result', () => {
  it('that is not valid changes nothing', async () => {
    const { manager, source, hold } = setUp();
    const old = await hold(minutes(60));
    const before = manager.stats();
    const refreshing = manager.refresh().catch((error) => error);
    (await source.nextLoad()).succeed({ token: 'with\nbreak', expiresAt: 5 });
    expect(await refreshing).toMatchObject({ code: 'ERR_CREDENTIAL_TOKEN' });
    expect(manager.peek()).toBe(old);
    expect(manager.stats()).toMatchObject({ generation: 1, expiresAt: before.expiresAt });
  });

  it('may carry nothing, where the source says that it means it', async () => {
    const { manager, source } = setUp();
    const waiting = manager.current();
    (await source.nextLoad()).succeed({ anonymous: true });
    const { token, headers, clientCertificate } = await waiting;
    expect([token, headers, clientCertificate]).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['nothing', undefined, 'ERR_CREDENTIAL_EMPTY'],
    ['an empty object', {}, 'ERR_CREDENTIAL_EMPTY'],
    ['no material and a word for it', { anonymous: 'true' }, 'ERR_CREDENTIAL_EMPTY'],
    ['a number for a token', { token: 7 }, 'ERR_CREDENTIAL_TOKEN'],
    ['an expiry in words', { token: 'x', expiresAt: 'soon' }, 'ERR_CREDENTIAL_EXPIRY'],
    ['half a pair', { clientCertificate: { certificate: 'x' } }, 'ERR_CREDENTIAL_CERTIFICATE'],
  ])('of %s is refused with its code', async (_, material, code) => {
    const { manager, source } = setUp();
    const failure = manager.current().catch((error) => error);
    (await source.nextLoad()).succeed(material as CredentialMaterial);
    expect(await failure).toMatchObject({ code });
  });
});

it.each([
  [{ access_token: 's3cret' }, 'It has "access_token"; what is in it belongs in "token".'],
  [
    { cert: 's3cret', key: 's3cret' },
    'It has "cert"; what is in it belongs in "clientCertificate".',
  ],
  [{ privateKey: 's3cret' }, 'It has "privateKey"; what is in it belongs in "clientCertificate".'],
  [{ 'X-API-Key': 's3cret' }, 'It has "X-API-Key"; what is in it belongs in "headers".'],
  [{ other: 's3cret' }, 'nor any headers.'],
])('says of %j where it belongs', async (material, advice) => {
  const { manager, source } = setUp();
  const failure = manager.current().catch((error) => error.message);
  (await source.nextLoad()).succeed(material as CredentialMaterial);
  expect(await failure).toMatch(new RegExp(`${advice}$`));
});

it('says of a token that stands alone where it belongs, and does not say it', async () => {
  const { manager, source } = setUp();
  const failure = manager.current().catch((error) => error.message);
  (await source.nextLoad()).succeed('s3cret' as never);
  expect(await failure).toMatch(/returned a string. Put it into an object, as its "token".$/);
});

describe('events', () => {
  it('tell of each rotation, and whether connections have to drain', async () => {
    const { manager, hold, source, lasting } = setUp();
    const rotated = vi.fn();
    const off = manager.on('rotated', rotated);
    const previous = await hold(minutes(60));
    expect(rotated).not.toHaveBeenCalled();
    const refreshing = manager.refresh();
    (await source.nextLoad()).succeed(lasting(minutes(60)));
    const credential = await refreshing;
    expect(rotated.mock.calls).toEqual([
      [{ credential, previous, reason: 'requested', certificateChanged: false }],
    ]);
    off();
    const again = manager.refresh();
    (await source.nextLoad()).succeed(lasting(minutes(60)));
    await again;
    expect(rotated).toHaveBeenCalledTimes(1);
  });

  it('tell of a failed background load, which nobody else hears of', async () => {
    const { clock, manager, source, hold } = setUp();
    await hold(minutes(60));
    await clock.advance(minutes(59));
    const failed = new Promise<RefreshFailedEvent>((resolve) =>
      manager.on('refreshFailed', resolve),
    );
    manager.peek();
    (await source.nextLoad()).fail(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' }));
    const event = await failed;
    expect(event).toMatchObject({ reason: 'due', stillServing: true });
    expect(event.error.message).toContain('ECONNREFUSED');
    expect(event.error.message).not.toContain('secret');
  });

  it('of another name are refused', () => {
    const { manager } = setUp();
    expect(() => manager.on('rotate' as 'rotated', () => {})).toThrow(
      /"rotated", "refreshFailed" and "closed"/,
    );
  });
});

describe('close', () => {
  it('wakes those who wait, ends the run and drops the secret', async () => {
    const { manager, source, hold } = setUp();
    await hold(minutes(60));
    const waiting = manager.refresh().catch((error) => error);
    const load = await source.nextLoad();
    await manager.close();
    expect(await waiting).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(load.context.signal.aborted).toBe(true);
    expect(manager.peek()).toBeUndefined();
    await expect(manager.current()).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });

  it('ignores what a running load still brings', async () => {
    const { manager, source } = setUp();
    const waiting = manager.current().catch(() => {});
    const load = await source.nextLoad();
    await manager.close();
    load.succeed({ token: 'too late' });
    await waiting;
    await nextTurn();
    expect(manager.peek()).toBeUndefined();
    expect(manager.stats().generation).toBe(0);
  });

  it('ends a pause, so that no timer is left', async () => {
    const { clock, manager, source } = setUp();
    const failure = manager.current().catch(() => {});
    (await source.nextLoad()).fail(new Error('no'));
    await failure;
    const waiting = manager.current().catch((error) => error);
    await nextTurn();
    expect(clock.scheduled).toBe(1);
    await manager.close();
    expect(await waiting).toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    expect(clock.scheduled).toBe(0);
  });
});

describe('whatever the source does', () => {
  it.each([
    [
      'throws at once',
      () => {
        throw new Error('at once');
      },
    ],
    ['rejects with nothing', () => Promise.reject(undefined)],
    [
      'resolves with a thenable that throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a source may return anything at all
        then: () => {
          throw new Error('then');
        },
      }),
    ],
    [
      'throws a symbol',
      () => {
        throw Symbol('odd');
      },
    ],
  ])('no unhandled rejection comes of a background load that %s', async (_, load) => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const { clock, manager, source, hold } = setUp();
    const old = await hold(minutes(60));
    Object.assign(source, { load });
    await clock.advance(minutes(59));
    expect(manager.peek()).toBe(old);
    await nextTurn();
    await nextTurn();
    expect(manager.stats()).toMatchObject({ failures: 1, lastErrorCode: 'ERR_SOURCE_FAILED' });
    expect(manager.peek()).toBe(old);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('stats', () => {
  it('count runs, failures, rotations and refusals', async () => {
    const { manager, source, hold } = setUp();
    const refused = await hold(minutes(60));
    const report = manager.invalidate(refused);
    (await source.nextLoad()).succeed({ token: 'next' });
    await report;
    const failing = manager.refresh().catch(() => {});
    (await source.nextLoad()).fail(new Error('no'));
    await failing;
    expect(manager.stats()).toMatchObject({
      runs: 3,
      failures: 1,
      rotations: 1,
      certificateRotations: 0,
      refusals: 1,
      generation: 2,
      lastErrorCode: 'ERR_SOURCE_FAILED',
    });
  });
});

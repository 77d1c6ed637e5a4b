import {
  CredentialError,
  type CredentialManager,
  type CredentialMaterial,
  createCredentialManager,
} from '@keyturn/core';
import { controlledSource, manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LeasedManager } from './leased-manager.js';

const hourMs = 3_600_000;

function setUp() {
  const clock = manualClock();
  const source = controlledSource();
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  /** Has the source asked, and lets it answer. */
  const load = async (answer: CredentialMaterial | CredentialError): Promise<void> => {
    const asked = manager.refresh().catch(() => {});
    const next = await source.nextLoad();
    if (answer instanceof CredentialError) next.fail(answer);
    else next.succeed(answer);
    await asked;
  };
  const runs = (): number => manager.stats().runs;
  return { clock, source, manager, load, runs };
}

const failure = new CredentialError('ERR_EXEC_EXIT', 'It failed.');

describe('health', () => {
  it('is that of nothing before somebody asks, and asks nobody', () => {
    const { source, manager, runs } = setUp();
    expect(manager.health()).toEqual({
      sourceName: source.name,
      isUsable: false,
      usableUntil: undefined,
      lastError: undefined,
    });
    expect(runs()).toBe(0);
  });

  it('tells until when what is held works', async () => {
    const { clock, manager, load } = setUp();
    const expiresAt = clock.now() + hourMs;
    await load({ token: 't', expiresAt });
    expect(manager.health()).toMatchObject({ isUsable: true, usableUntil: expiresAt });
    await clock.advance(hourMs - 1);
    expect(manager.health()).toMatchObject({ isUsable: true, usableUntil: expiresAt });
    await clock.advance(1);
    expect(manager.health()).toMatchObject({ isUsable: false, usableUntil: undefined });
  });

  it('has no end where the credential has none', async () => {
    const { manager, load } = setUp();
    await load({ token: 't' });
    expect(manager.health()).toMatchObject({ isUsable: true, usableUntil: undefined });
  });

  it('starts nothing, neither when the credential is due nor when it has expired', async () => {
    const { clock, manager, load, runs } = setUp();
    await load({ token: 't', expiresAt: clock.now() + hourMs });
    for (const ms of [hourMs - 1_000, 500, hourMs]) {
      await clock.advance(ms);
      manager.health();
    }
    expect(runs()).toBe(1);
  });

  it('tells why and when the last load failed, beside what still works', async () => {
    const { clock, manager, load } = setUp();
    await load({ token: 't', expiresAt: clock.now() + hourMs });
    await clock.advance(1_000);
    await load(failure);
    const at = clock.now();
    await clock.advance(5_000);
    expect(manager.health()).toMatchObject({
      isUsable: true,
      lastError: { code: 'ERR_EXEC_EXIT', at },
    });
    await load({ token: 'u' });
    expect(manager.health().lastError).toBeUndefined();
  });

  it('is bad while a refused credential is replaced, and good where it cannot be', async () => {
    const { source, manager, load } = setUp();
    await load({ token: 't' });
    const invalidated = manager.invalidate(await manager.current());
    const next = await source.nextLoad();
    expect(manager.health().isUsable).toBe(false);
    next.fail(failure);
    await invalidated;
    expect(manager.health()).toMatchObject({
      isUsable: true,
      lastError: { code: 'ERR_EXEC_EXIT' },
    });
  });

  it('is bad when the manager has closed, and stays so', async () => {
    const { manager, load } = setUp();
    await load({ token: 't' });
    await manager.close();
    expect(manager.health()).toMatchObject({ isUsable: false, usableUntil: undefined });
  });

  it('shows no secret and cannot be changed', async () => {
    const { manager, load } = setUp();
    await load({ token: 'a-secret', expiresAt: Date.now() + hourMs });
    await load(failure);
    const health = manager.health();
    expect(JSON.stringify(health)).not.toContain('a-secret');
    expect(Object.isFrozen(health) && Object.isFrozen(health.lastError)).toBe(true);
  });

  it('of a share is that of the manager until the share is closed', async () => {
    const { manager, load } = setUp();
    const share: CredentialManager = new LeasedManager(manager, async () => {});
    await load({ token: 't' });
    expect(share.health()).toEqual(manager.health());
    await share.close();
    expect(share.health()).toMatchObject({ isUsable: false, usableUntil: undefined });
    expect(manager.health().isUsable).toBe(true);
  });
});

it('the time of the last success stands in the statistics', async () => {
  const { clock, manager, load } = setUp();
  expect(manager.stats().lastSuccessAt).toBeUndefined();
  await load({ token: 't' });
  const at = clock.now();
  await clock.advance(1_000);
  await load(failure);
  expect(manager.stats().lastSuccessAt).toBe(at);
});

import { createTestAuthority, type TestAuthority } from '@keyturn/testkit';
import { beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { connectionTrust } from './connection-trust.js';
import { createCredentialManager } from './container/create-credential-manager.js';
import type { CredentialMaterial, TrustSource } from './contract.js';
import { GenerationSlot, type GenerationSlotOptions } from './generation-slot.js';

let authority: TestAuthority;
beforeAll(async () => {
  authority = await createTestAuthority();
});

async function setUp(options: Partial<GenerationSlotOptions<string>> = {}) {
  let material: CredentialMaterial = {
    clientCertificate: await authority.issueClientCertificate(),
  };
  const manager = createCredentialManager({ source: { name: 'test', load: async () => material } });
  onTestFinished(() => manager.close());
  const closed: string[] = [];
  const slot = new GenerationSlot<string>(manager, {
    create: ({ certificateGeneration }) => `resource ${certificateGeneration}`,
    close: (resource) => closed.push(resource),
    ...options,
  });
  const rotate = async () => {
    material = { clientCertificate: await authority.issueClientCertificate() };
    return manager.refresh();
  };
  const rotateToken = () => {
    material = { ...material, token: `${Math.random()}` };
    return manager.refresh();
  };
  return { manager, slot, closed, rotate, rotateToken, first: await manager.current() };
}

it('gives one resource for each trust as well, and closes that of the one before', async () => {
  let generation = 1;
  const { certificate: pem } = authority;
  const ca: TrustSource = { name: 'trust', peek: () => ({ generation, pem }) };
  const { slot, closed, first } = await setUp({
    create: (_, trust) => `verified by ${trust?.generation}`,
    trust: connectionTrust({ ca }),
  });
  expect(slot.current(first)).toBe('verified by 1');
  expect(slot.current(first)).toBe('verified by 1');
  generation = 2;
  expect(slot.current(first)).toBe('verified by 2');
  expect(closed).toEqual(['verified by 1']);
});

it('gives one resource for each certificate generation', async () => {
  const { slot, rotate, rotateToken, first } = await setUp();
  expect(slot.acquire(first).resource).toBe('resource 1');
  expect(slot.current(await rotateToken())).toBe('resource 1');
  expect(slot.current(await rotate())).toBe('resource 2');
});

it('closes an idle resource with the rotation', async () => {
  const { slot, closed, rotate, first } = await setUp();
  slot.acquire(first).release();
  await rotate();
  expect(closed).toEqual(['resource 1']);
});

it('closes a busy resource when its last user has left, and only once', async () => {
  const { slot, closed, rotate, first } = await setUp();
  const leases = [slot.acquire(first), slot.acquire(first)];
  slot.acquire(await rotate());
  leases[0]?.release();
  leases[0]?.release();
  expect([closed, slot.draining]).toEqual([[], 1]);
  leases[1]?.release();
  expect([closed, slot.draining]).toEqual([['resource 1'], 0]);
});

it('lets a request that took its credential before the rotation ride on the newer certificate', async () => {
  const { slot, rotate, first } = await setUp();
  await rotate();
  expect(slot.current(first)).toBe('resource 2');
});

it('cuts what is still busy after the drain timeout, when asked to', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const cut = vi.fn();
  const { slot, closed, rotate, first } = await setUp({ cut, drainTimeoutMs: 500 });
  const lease = slot.acquire(first);
  await rotate();
  vi.advanceTimersByTime(499);
  expect(cut).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(cut.mock.calls).toEqual([['resource 1']]);
  lease.release();
  expect(closed).toEqual(['resource 1']);
});

it('waits for the cut with one timer, which keeps no process alive and ends with the last user', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    // First: a spy that is put back later puts a timer back that never ends.
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const cut = vi.fn();
  const { slot, rotate, first } = await setUp({ cut, drainTimeoutMs: 500 });
  const lease = slot.acquire(first);
  await rotate();
  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
  lease.release();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(500);
  expect(cut).not.toHaveBeenCalled();
});

it('stops listening when it is closed, and drains what it holds', async () => {
  const { slot, closed, rotate, first } = await setUp();
  slot.current(first);
  slot.close();
  expect(closed).toEqual(['resource 1']);
  await rotate();
  expect(closed).toEqual(['resource 1']);
});

it('leaves the manager when it is closed', () => {
  const manager = createCredentialManager({
    source: { name: 'test', load: async () => ({ token: 't' }) },
  });
  const undone = vi.fn();
  const on = vi.spyOn(manager, 'on').mockReturnValue(undone);
  new GenerationSlot(manager, { create: () => '', close: () => {} }).close();
  expect(on.mock.calls.map(([event]) => event)).toEqual(['rotated', 'closed']);
  expect(undone).toHaveBeenCalledTimes(2);
});

it('keeps nothing when the manager closes: what is idle closes, what is busy with its last user', async () => {
  const idle = await setUp();
  idle.slot.acquire(idle.first).release();
  await idle.manager.close();
  expect(idle.closed).toEqual(['resource 1']);
  const busy = await setUp();
  const lease = busy.slot.acquire(busy.first);
  await busy.manager.close();
  expect(busy.closed).toEqual([]);
  lease.release();
  expect(busy.closed).toEqual(['resource 1']);
});

it('serves one that had its credential before the manager closed, and keeps nothing for the next', async () => {
  const { manager, slot, closed, first } = await setUp();
  await manager.close();
  const lease = slot.acquire(first);
  await null;
  expect([lease.resource, closed]).toEqual(['resource 1', []]);
  lease.release();
  expect(closed).toEqual(['resource 1']);
  expect(slot.current(first)).toBe('resource 1');
  await null;
  expect(closed).toEqual(['resource 1', 'resource 1']);
});

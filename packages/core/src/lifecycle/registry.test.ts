import { controlledSource } from '@keyturn/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCredentialManager } from '../container/create-credential-manager.js';
import { Registry, structuralHash } from './registry.js';

const make = () =>
  createCredentialManager({ source: { name: 'test', load: async () => ({ token: 'x' }) } });

it('gives one manager to all who ask for the same thing', async () => {
  const registry = new Registry();
  const one = registry.acquire({ command: 'aws', args: ['a'] }, make);
  const other = registry.acquire({ args: ['a'], command: 'aws' }, make);
  expect(await other.manager.current()).toBe(await one.manager.current());
  expect(one.manager.stats().runs).toBe(1);
  expect(registry.size).toBe(1);
});

it('closes a manager with its last lease, and makes a new one after that', async () => {
  const registry = new Registry();
  const one = registry.acquire('key', make);
  const other = registry.acquire('key', make);
  await one.release();
  await one.release();
  expect((await other.manager.current()).token).toBe('x');
  await other.release();
  await expect(other.manager.current()).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  expect(registry.size).toBe(0);
  expect((await registry.acquire('key', make).manager.current()).token).toBe('x');
});

describe('the manager of a lease that is closed', () => {
  const shared = () => {
    const source = controlledSource();
    const registry = new Registry();
    onTestFinished(() => registry.close());
    const acquire = () => registry.acquire('key', () => createCredentialManager({ source }));
    return { source, registry, one: acquire(), other: acquire() };
  };
  const closed = { code: 'ERR_MANAGER_CLOSED' };

  it('gives nothing any more, and the other leases go on', async () => {
    const { source, registry, one, other } = shared();
    const waiting = other.manager.current();
    (await source.nextLoad()).succeed({ token: 'x' });
    const credential = await waiting;
    expect(one.manager.peek()).toBe(credential);
    await one.manager.close();
    expect(one.manager.peek()).toBeUndefined();
    await expect(one.manager.current()).rejects.toMatchObject(closed);
    await expect(one.manager.refresh()).rejects.toMatchObject(closed);
    expect(await one.manager.invalidate(credential)).toBeUndefined();
    expect(other.manager.peek()).toBe(credential);
    expect(registry.size).toBe(1);
  });

  it('wakes its own waits, and leaves the load to the others', async () => {
    const { source, one, other } = shared();
    const waits = [one.manager.current(), one.manager.refresh()].map((wait) =>
      wait.catch((e) => e),
    );
    const going = other.manager.current();
    const load = await source.nextLoad();
    await one.manager.close();
    for (const wait of waits) expect(await wait).toMatchObject(closed);
    expect(load.context.signal.aborted).toBe(false);
    load.succeed({ token: 'x' });
    expect((await going).token).toBe('x');
  });

  it('gives back its refusal, where that waits for a load', async () => {
    const { source, one, other } = shared();
    const first = one.manager.current();
    (await source.nextLoad()).succeed({ token: 'x' });
    const report = one.manager.invalidate(await first);
    const load = await source.nextLoad();
    await one.manager.close();
    expect(await report).toBeUndefined();
    load.succeed({ token: 'y' });
    expect((await other.manager.current()).token).toBe('y');
  });

  it('tells its own listeners that it has closed, and then nothing', async () => {
    const { source, one, other } = shared();
    const first = one.manager.current();
    (await source.nextLoad()).succeed({ token: 'x' });
    await first;
    const [heard, elsewhere] = [vi.fn(), vi.fn()];
    for (const event of ['closed', 'rotated'] as const) {
      one.manager.on(event, () => heard(event));
      other.manager.on(event, () => elsewhere(event));
    }
    await one.manager.close();
    await one.manager.close();
    const refreshing = other.manager.refresh();
    (await source.nextLoad()).succeed({ token: 'y' });
    await refreshing;
    expect(heard.mock.calls).toEqual([['closed']]);
    expect(elsewhere.mock.calls).toEqual([['rotated']]);
  });

  it('counts once, however it is given back', async () => {
    const { registry, one, other } = shared();
    await one.manager.close();
    await one.release();
    await one[Symbol.asyncDispose]();
    expect(registry.size).toBe(1);
    await other.manager.close();
    expect(registry.size).toBe(0);
  });

  it('hears it too when the registry closes', async () => {
    const { registry, one } = shared();
    const heard = vi.fn();
    one.manager.on('closed', heard);
    await registry.close();
    expect(heard).toHaveBeenCalledTimes(1);
    await expect(one.manager.current()).rejects.toMatchObject(closed);
  });
});

it('closes all managers when it is closed', async () => {
  const registry = new Registry();
  const { manager } = registry.acquire('key', make);
  await registry.close();
  await expect(manager.current()).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  expect(() => registry.acquire('key', make)).toThrow(/closed/);
});

it.each([
  [{ args: ['a b'] }, { args: ['a', 'b'] }],
  [
    { env: [{ name: 'A', value: '1} {B 2' }] },
    {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
  ],
  [{ args: [] }, {}],
  [{ a: 'null' }, { a: null }],
  [{ a: '1' }, { a: 1 }],
  [{ a: '9007199254740993n' }, { a: 9007199254740993n }],
  [{ a: 2n ** 64n }, { a: 2n ** 64n + 1n }],
])('never lets %o and %o meet in one key', (one, other) => {
  expect(structuralHash(one)).not.toBe(structuralHash(other));
});

it('gives equal keys to equal structures and different keys to different ones', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const copy = JSON.parse(JSON.stringify(one));
      expect(structuralHash(copy)).toBe(structuralHash(one));
      const isEqual = structuralHash(one) === structuralHash(other);
      expect(isEqual).toBe(isDeepEqualJson(one, other));
    }),
  );
});

function isDeepEqualJson(one: unknown, other: unknown): boolean {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : value;
  return (
    JSON.stringify(one, sorted) === JSON.stringify(other, sorted) &&
    Array.isArray(one) === Array.isArray(other)
  );
}

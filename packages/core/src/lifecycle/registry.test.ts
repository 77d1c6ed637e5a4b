import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manageCredential } from './manage-credential.js';
import { Registry, structuralHash } from './registry.js';

const make = () =>
  manageCredential({ source: { name: 'test', load: async () => ({ token: 'x' }) } });

it('gives one manager to all who ask for the same thing', () => {
  const registry = new Registry();
  const one = registry.acquire({ command: 'aws', args: ['a'] }, make);
  const other = registry.acquire({ args: ['a'], command: 'aws' }, make);
  expect(other.manager).toBe(one.manager);
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
  expect(registry.acquire('key', make).manager).not.toBe(one.manager);
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

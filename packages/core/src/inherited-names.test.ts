import { polluted } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { inheritedNames, memberOf, shadowInherited } from './binding.js';

it('finds nothing on an Object.prototype that nobody has touched, and hands options over as they are', () => {
  const options = { host: 'api.example' };
  expect(inheritedNames()).toEqual([]);
  expect(shadowInherited(options)).toBe(options);
});

it('finds what was put there, enumerable or not', () => {
  const found = polluted({ host: 'evil.example' }, () =>
    polluted({ port: 1 }, inheritedNames, { enumerable: false }),
  );
  expect(found).toEqual(['host', 'port']);
});

it('shadows what options would inherit, and leaves what they have', () => {
  const shadowed = polluted({ host: 'evil.example', port: 1, ca: 'x' }, () =>
    shadowInherited<object>({ host: 'api.example' }, ['ca']),
  );
  expect(Object.getPrototypeOf(shadowed)).toBe(null);
  expect({ ...shadowed }).toEqual({ host: 'api.example', port: undefined });
  expect('ca' in shadowed).toBe(false);
});

it('runs no setter that stands there', () => {
  let set = 0;
  const trap = { get: () => 'evil.example', set: () => set++ };
  Object.defineProperty(Object.prototype, 'host', { ...trap, configurable: true });
  try {
    expect(shadowInherited<{ host?: string }>({}).host).toBe(undefined);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'host');
  }
  expect(set).toBe(0);
});

it('reads what an object or its class says, and not what it has from Object.prototype', () => {
  class Template {
    get token(): string {
      return 'of the class';
    }
  }
  const read = polluted({ token: 'evil', other: 'evil' }, () => [
    memberOf(new Template(), 'token'),
    memberOf({ token: 'its own' }, 'token'),
    memberOf({}, 'token'),
    memberOf(new Template(), 'other'),
  ]);
  expect(read).toEqual(['of the class', 'its own', undefined, undefined]);
});

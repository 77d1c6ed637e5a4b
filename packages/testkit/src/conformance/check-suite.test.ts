import { expect, it } from 'vitest';
import { testBinding } from './test-binding.js';
import { testSource } from './test-source.js';
import { testStore } from './test-store.js';

const none = (): never => {
  throw new Error('A scene was registered.');
};

it.each<[string, () => void, string]>([
  ['a runner', () => testSource({ name: 'x', make: none } as never), '"test" that registers one'],
  [
    'a source',
    () => testSource({ name: 'x', test: none } as never),
    'testSource takes a function "make"',
  ],
  [
    'a store',
    () => testStore({ name: 'x', test: none, make: {} } as never),
    'testStore takes a function "make"',
  ],
  [
    'a way to send',
    () => testBinding({ name: 'x', test: none, bind: none } as never),
    'function "send"',
  ],
  ['a name', () => testSource({ test: none, make: none } as never), 'takes a "name"'],
])('a suite without %s says so before it registers a scene', (_, register, said) => {
  expect(register).toThrow(said);
});

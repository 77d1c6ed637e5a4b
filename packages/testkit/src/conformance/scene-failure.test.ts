import { equal } from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { bindingScenes } from './binding-scenes.js';
import { expectationOf } from './expected.js';
import { findSecret } from './find-secret.js';
import { showsNone } from './printed.js';
import { SceneFailure } from './scene-failure.js';

it.each(bindingScenes.map(({ name }) => name))('says what it expects of a binding: %s', (name) => {
  const expectation = expectationOf(name);
  expect(expectation).toBeDefined();
  expect(expectation).not.toBe(name);
});

describe('a scene that fails', () => {
  const failureOf = (play: () => unknown): SceneFailure => {
    try {
      play();
    } catch (error) {
      return new SceneFailure('sends the current token', error);
    }
    return expect.unreachable();
  };

  it('says what is expected and what was seen, without a stack', () => {
    const { message, stack } = failureOf(() => equal(401, 200));
    expect(message).toMatch(/^Expected: each request carries `Authorization: Bearer TOKEN`/);
    expect(message).toMatch(/\nSeen: Expected values to be strictly equal:\n\n401 !== 200$/);
    expect(stack).toBe(`SceneFailure: ${message}`);
  });

  it('names the line of the binding that threw', () => {
    const thrown = new TypeError('Not a function.');
    thrown.stack = `TypeError: Not a function.
    at inTime (/x/packages/testkit/src/conformance/expectations.ts:1:1)
    at bindDemo (/x/packages/demo/src/bind-demo.ts:12:9)
    at node:internal/process/task_queues:95:5`;
    expect(
      failureOf(() => {
        throw thrown;
      }).message,
    ).toMatch(/Seen: TypeError: Not a function\.\n {2}at bindDemo .*bind-demo\.ts:12:9\)$/);
  });

  it('names the place of a secret, and not the secret', () => {
    const answer = { config: { headers: new Map([['x-a', ['s3cret']]]) } };
    const { message } = failureOf(() => showsNone(['s3cret'], answer, 'answer'));
    expect(message).toMatch(/Seen: A secret is shown by .*: it stands in answer\.config\.headers/);
    expect(message).not.toContain('s3cret');
    class Shown {
      toJSON(): string {
        return `token=${'s3'}${'cret'}`;
      }
    }
    expect(failureOf(() => showsNone(['s3cret'], new Shown(), 'client')).message).toContain(
      'A secret is shown by JSON.stringify: behind "\\"token="',
    );
  });
});

const symbol = Symbol('kept');
const circular: Record<string, unknown> = { b: { c: 's3cret' } };
circular['self'] = circular;
it.each([
  ['a string', 's3cret', 'it'],
  ['a property', circular, 'it.b.c'],
  ['a name with a hyphen', { 'set-cookie': ['x', 'a=s3cret'] }, 'it["set-cookie"][1]'],
  ['a symbol', { [symbol]: 's3cret' }, 'it[Symbol(kept)]'],
  ['a map', new Map([['k', 's3cret']]), 'it.get("k")'],
  ['a set', new Set(['s3cret']), 'it'],
  ['bytes', { body: Buffer.from('s3cret') }, 'it.body'],
  ['a function', Object.assign(() => {}, { defaults: 's3cret' }), 'it.defaults'],
  ['what cannot be listed', Object.defineProperty({}, 'h', { value: 's3cret' }), 'it.h'],
  [
    'nothing',
    {
      a: 1,
      get b() {
        return 's3cret';
      },
    },
    undefined,
  ],
])('finds a secret in %s', (_, thing, path) => {
  expect(findSecret(['s3cret'], thing, 'it')).toBe(path);
});

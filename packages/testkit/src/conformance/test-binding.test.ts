import { describe, expect, it } from 'vitest';
import type { BindingUnderTest } from './binding-under-test.js';
import { referenceBinding } from './reference-binding.js';
import type { ReferenceClient } from './reference-client.js';
import { testBinding } from './test-binding.js';

testBinding({ test: it, ...referenceBinding });

type Play = () => Promise<void>;

function registered(adapter: Partial<BindingUnderTest<ReferenceClient>>): Map<string, Play> {
  const plays = new Map<string, Play>();
  testBinding({
    ...referenceBinding,
    ...adapter,
    name: 'it',
    test: (name, play) => plays.set(name, play),
  });
  return plays;
}

describe('the scenes', () => {
  it('are chosen by what the binding supports', () => {
    const supports = { token: true, clientCertificate: false, replay: false };
    const names = [
      ...registered({
        bind: (manager, setup) => ({ ...referenceBinding.bind(manager, setup), supports }),
      }).keys(),
    ];
    expect(names).toContain('it sends the current token');
    expect(names.join()).not.toMatch(/certificate|gives up after one replay/);
  });

  it('are all there, and fail, for a binding that has not been written yet', async () => {
    const bind = (): never => {
      throw new Error('Not written yet.');
    };
    const plays = registered({ bind });
    expect([...plays.keys()]).toEqual([...registered({}).keys()]);
    await expect(plays.get('it sends the current token')?.()).rejects.toThrow('Not written yet.');
  });

  it('about what a client cannot do are left out', () => {
    const names = [...registered({ lacks: ['bodies', 'roams'] }).keys()];
    expect(names).toContain('it sends the current token');
    expect(names.join()).not.toMatch(/ the body|stream|redirect|another origin/);
  });

  it('about hooks, retries and caches need a client that has them', () => {
    const { name, bind, send } = referenceBinding;
    const names: string[] = [];
    testBinding({ name, bind, send, test: (scene) => names.push(scene) });
    expect(names.join()).not.toMatch(/hooks|retry|cache/);
  });
});

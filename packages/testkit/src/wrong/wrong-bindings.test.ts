import { describe, expect, it } from 'vitest';
import { bindingScenes } from '../conformance/binding-scenes.js';
import { playScene } from '../conformance/test-binding.js';
import { TestCertificates } from '../conformance/test-certificates.js';
import { wrongBindings } from './wrong-bindings.js';

const names = bindingScenes.map(({ name }) => name);
const certificates = new TestCertificates();
const supports = { token: true, clientCertificate: true, replay: true } as const;

describe('the scenes', () => {
  it('have a name each', () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it('are each failed by at least one wrong binding', () => {
    expect([...new Set(wrongBindings.map(({ scene }) => scene))].sort()).toEqual(names.toSorted());
  });
});

// That each fails no other scene, but those that it names, takes a minute or two to find out: `npm run conformance:table`.
describe.concurrent('a binding that', () => {
  it.each(wrongBindings)('$fault fails: $scene', async ({ scene: name, make }) => {
    const scene = bindingScenes.find((candidate) => candidate.name === name);
    const parts = { adapter: make(), supports, certificates, limitMs: 1_500 };
    await expect(scene && playScene(scene, parts)).rejects.toThrow();
  });
});

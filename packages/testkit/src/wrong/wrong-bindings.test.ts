import { describe, expect, it } from 'vitest';
import { bindingScenes } from '../conformance/binding-scenes.js';
import { playScene } from '../conformance/test-binding.js';
import { TestCertificates } from '../conformance/test-certificates.js';
import { wrongBindings } from './wrong-bindings.js';

const names = bindingScenes.map(({ name }) => name);
const certificates = new TestCertificates();
// They promise that something ends, so that nothing but the time tells of a binding that breaks it.
const endings: ReadonlySet<string> = new Set([
  "respects the client's timeout while waiting",
  'lets no request wait while the credential is due',
  "honours the caller's abort while the next token is on its way",
  'fails a source that asks through its own client, and waits for nothing',
  'fails a source that asks through its own client behind a refused token',
  'closes its idle connections when the manager closes',
  'closes its idle connections when it is unbound',
  'closes idle connections of the old certificate',
  'drains a busy connection of the old certificate',
  'closes idle connections of an authority that is gone',
  'finishes requests in flight, then drains the connection of an authority that is gone',
]);
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
  it.each(wrongBindings)('$fault fails: $scene', { timeout: 30_000 }, async (wrong) => {
    const scene = bindingScenes.find(({ name }) => name === wrong.scene);
    const limitMs = endings.has(wrong.scene) ? 1_500 : 15_000;
    const parts = { adapter: wrong.make(), supports, certificates, limitMs };
    const failure: unknown = await (scene && playScene(scene, parts))?.catch((error) => error);
    expect(failure).toBeInstanceOf(Error);
    // On a busy machine every scene takes long, and that proves nothing.
    if (!endings.has(wrong.scene)) expect(String(failure)).not.toContain('the end of the scene');
  });
});

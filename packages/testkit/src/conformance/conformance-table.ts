import { bindingScenes } from './binding-scenes.js';
import type { BindingUnderTest } from './binding-under-test.js';
import type { ReferenceClient } from './reference-client.js';
import { playScene } from './test-binding.js';
import { TestCertificates } from './test-certificates.js';

// Long enough for a machine under load; only the scenes that wait in vain take as long.
const limitMs = 3_000;
const supports = { token: true, clientCertificate: true, replay: true } as const;

/**
 * Plays every scene with a binding and resolves with the names of those that it fails.
 * @param make called for each scene
 * @param concurrency how many scenes are played at the same time
 */
export async function failedScenes(
  make: () => BindingUnderTest<ReferenceClient>,
  concurrency: number = 4,
): Promise<string[]> {
  const certificates = new TestCertificates();
  const failed = new Set<string>();
  const left = [...bindingScenes];
  const playNext = async (): Promise<void> => {
    for (let scene = left.shift(); scene !== undefined; scene = left.shift()) {
      const { name } = scene;
      await playScene(scene, { adapter: make(), supports, certificates, limitMs }).catch(() =>
        failed.add(name),
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, playNext));
  return bindingScenes.map(({ name }) => name).filter((name) => failed.has(name));
}

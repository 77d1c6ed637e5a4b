import type { BindingUnderTest } from './binding-under-test.js';
import type { Scene } from './scene.js';
import { playScene, scenesFor, supportOf } from './test-binding.js';
import { TestCertificates } from './test-certificates.js';

// Only the scenes that wait in vain take as long.
const limitMs = 3_000;
/** For a scene that was not expected to fail: on a machine under load, a crowd takes longer than that. */
const patientLimitMs = 30_000;

/**
 * Plays every scene that makes sense for a binding and resolves with the names of those that it fails, in the order of the suite.
 * @param make called for each scene
 * @param expected names of those that it should fail; any other gets a second try, alone and with more time
 * @param concurrency how many scenes are played at the same time
 */
export async function failedScenes<Client>(
  make: () => BindingUnderTest<Client>,
  expected: readonly string[],
  concurrency: number = 6,
): Promise<string[]> {
  const certificates = new TestCertificates();
  const adapter = make();
  const supports = supportOf(adapter);
  const scenes = scenesFor(adapter, supports);
  const fails = (scene: Scene, limitMs: number): Promise<boolean> =>
    playScene(scene, { adapter: make(), supports, certificates, limitMs }).then(
      () => false,
      () => true,
    );
  const failed = new Set<Scene>();
  const left = [...scenes];
  const playNext = async (): Promise<void> => {
    for (let scene = left.shift(); scene !== undefined; scene = left.shift()) {
      if (await fails(scene, limitMs)) failed.add(scene);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, playNext));
  for (const scene of failed) {
    if (expected.includes(scene.name)) continue;
    if (!(await fails(scene, patientLimitMs))) failed.delete(scene);
  }
  return scenes.filter((scene) => failed.has(scene)).map(({ name }) => name);
}

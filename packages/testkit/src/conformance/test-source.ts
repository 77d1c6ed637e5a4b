import { checkSuite } from './check-suite.js';
import { inTime } from './expectations.js';
import { SceneFailure } from './scene-failure.js';
import { type SourceScene, sourceScenes } from './source-scenes.js';
import type { SourceUnderTest } from './source-under-test.js';
import type { RegisterTest } from './test-binding.js';

export interface TestSourceOptions {
  readonly test: RegisterTest;
  /** Stands before the name of each scene. */
  readonly name: string;
  /** Makes a source that works, once for each scene. */
  make(): SourceUnderTest | Promise<SourceUnderTest>;
  /** How long a scene waits for something that has to happen. Milliseconds, default 8_000; it fails then. */
  readonly limitMs?: number | undefined;
}

/** Registers the promises that every credential source keeps as tests; those that need what `make` leaves out pass. */
export function testSource(options: TestSourceOptions): void {
  checkSuite('testSource', options, ['test', 'make']);
  const { test, name, make, limitMs = 8_000 } = options;
  for (const scene of sourceScenes) {
    test(`${name} ${scene.name}`, () => playSourceScene(scene, make, limitMs));
  }
}

export async function playSourceScene(
  scene: SourceScene,
  make: TestSourceOptions['make'],
  limitMs: number,
): Promise<void> {
  const subject = await make();
  try {
    if (scene.needs.some((need) => subject[need] === undefined)) return;
    await inTime('the end of the scene', scene.play(subject, limitMs), limitMs);
  } catch (error) {
    throw new SceneFailure(scene.name, error);
  } finally {
    await subject.dispose?.();
  }
}

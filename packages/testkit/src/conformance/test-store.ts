import { setTimeout as pause } from 'node:timers/promises';
import { checkSuite } from './check-suite.js';
import { inTime } from './expectations.js';
import { SceneFailure } from './scene-failure.js';
import { type StoreScene, StoreStage, storeScenes } from './store-scenes.js';
import type { StoreUnderTest } from './store-under-test.js';
import type { RegisterTest } from './test-binding.js';

export interface TestStoreOptions {
  readonly test: RegisterTest;
  /** Stands before the name of each scene. */
  readonly name: string;
  /** Makes a store with nothing in it, once for each scene. */
  make(): StoreUnderTest | Promise<StoreUnderTest>;
  /** How long a scene may take. Milliseconds, default 15_000; it fails then. */
  readonly limitMs?: number | undefined;
}

/** Registers the promises that every store of credentials keeps as tests. */
export function testStore(options: TestStoreOptions): void {
  checkSuite('testStore', options, ['test', 'make']);
  const { test, name, make, limitMs = 15_000 } = options;
  for (const scene of storeScenes) {
    test(`${name} ${scene.name}`, () => playStoreScene(scene, make, limitMs));
  }
}

export async function playStoreScene(
  scene: StoreScene,
  make: TestStoreOptions['make'],
  limitMs: number,
): Promise<void> {
  const subject = await make();
  try {
    const pass = async (ms: number): Promise<void> => {
      await (subject.pass?.(ms) ?? pause(ms));
    };
    const stage = new StoreStage(subject, pass);
    await inTime('the end of the scene', scene.play(stage), limitMs);
  } catch (error) {
    throw new SceneFailure(scene.name, error);
  } finally {
    await subject.dispose?.();
  }
}

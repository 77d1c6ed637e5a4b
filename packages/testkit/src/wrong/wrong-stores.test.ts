import { describe, expect, it } from 'vitest';
import { storeScenes } from '../conformance/store-scenes.js';
import type { StoreUnderTest } from '../conformance/store-under-test.js';
import { playStoreScene, testStore } from '../conformance/test-store.js';
import { manualClock } from '../manual-clock.js';
import { memoryStore } from '../memory-store.js';
import { type WrongStore, wrongStores } from './wrong-stores.js';

const under = (make: WrongStore['make']): StoreUnderTest => {
  const clock = manualClock(Date.now());
  const store = make(memoryStore({ clock }), clock);
  return { open: () => store, pass: (ms) => clock.advance(ms) };
};

testStore({ test: it, name: 'memoryStore', make: () => under((right) => right) });

describe('a store', () => {
  it('that is wrong exists for each scene', () => {
    const unseen = storeScenes.filter(
      ({ name }) => !wrongStores.some(({ fails }) => fails.some((words) => name.startsWith(words))),
    );
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });

  it.each(wrongStores)('$fault fails the scenes about it', async ({ fails, make }) => {
    for (const words of fails) {
      const scenes = storeScenes.filter(({ name }) => name.startsWith(words));
      expect(scenes, words).not.toEqual([]);
      for (const scene of scenes)
        await expect(
          playStoreScene(scene, () => under(make), 2_000),
          scene.name,
        ).rejects.toThrow();
    }
  });
});

import { afterAll, beforeAll } from 'vitest';

// The global dispatcher of undici stands in two places, and on Node 26 they differ. A test that sets again what
// `getGlobalDispatcher()` said leaves another than was there, to the other files of its worker.
const places = [1, 2].map((number) => Symbol.for(`undici.globalDispatcher.${number}`));
let held: readonly unknown[];

beforeAll(async () => {
  // It is there from the first fetch on.
  await fetch('data:,');
  held = places.map((place) => Reflect.get(globalThis, place) as unknown);
});
afterAll(() => {
  for (const [index, place] of places.entries()) {
    if (held[index] !== undefined) Reflect.set(globalThis, place, held[index]);
  }
});

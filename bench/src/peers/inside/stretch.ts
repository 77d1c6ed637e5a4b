import type { Lookup } from '../peer.js';
import { type Act, expectWell } from './act.js';

const batch = 500;

/** Nanoseconds for each lookup, over about `durationMs`. */
export async function stretchOf(lookup: Lookup, durationMs: number): Promise<number> {
  const isPromise = lookup() instanceof Promise;
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < durationMs) {
    if (isPromise) await awaited(lookup);
    else called(lookup);
    count += batch;
  }
  return ((performance.now() - startedAt) / count) * 1e6;
}

async function awaited(lookup: Lookup): Promise<void> {
  for (let each = 0; each < batch; each += 1) await lookup();
}

function called(lookup: Lookup): void {
  for (let each = 0; each < batch; each += 1) lookup();
}

/** Does all of them in turns for a while, until the code is optimised for what each does with it. */
export async function warmUp(acts: readonly Act[], durationMs: number): Promise<void> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < durationMs) {
    for (const act of acts) expectWell(await act());
  }
}

/** Milliseconds for each of `count` acts, one after another. @throws {Error} unless all end well */
export async function oneByOne(act: Act, count: number): Promise<number> {
  const startedAt = performance.now();
  for (let each = 0; each < count; each += 1) expectWell(await act());
  return (performance.now() - startedAt) / count;
}

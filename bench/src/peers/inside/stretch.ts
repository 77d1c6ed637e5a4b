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

/** Acts for a while, until the code is optimised. */
export async function warmUp(act: Act, durationMs: number): Promise<void> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < durationMs) expectWell(await act());
}

/** Milliseconds for each of `count` acts, one after another. @throws {Error} unless all end well */
export async function oneByOne(act: Act, count: number): Promise<number> {
  const startedAt = performance.now();
  for (let each = 0; each < count; each += 1) expectWell(await act());
  return (performance.now() - startedAt) / count;
}

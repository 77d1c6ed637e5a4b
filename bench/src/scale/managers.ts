import { Child } from '../child.js';
import type { BenchContext } from '../section.js';
import type { ManagerFigures, ManagersRequest } from './managers-program.js';

const sizes = [1, 10, 100, 1_000, 10_000];
const quickSizes = [1, 100, 1_000];

/** Measures each number of managers in a fresh process; in a quick run at the same time. */
export async function measureManagers({ quick, say }: BenchContext): Promise<ManagerFigures[]> {
  if (quick) return Promise.all(quickSizes.map((size) => measureSize(size, 5)));
  const figures: ManagerFigures[] = [];
  for (const size of sizes) {
    say(`managers in one process: ${size.toLocaleString('en')}`);
    figures.push(await measureSize(size, 9));
  }
  return figures;
}

async function measureSize(count: number, trials: number): Promise<ManagerFigures> {
  await using child = new Child(new URL('./managers-program.js', import.meta.url), {
    // Without the second, V8 drops compiled code now and then, more of it than one manager weighs.
    execArgv: ['--expose-gc', '--no-flush-bytecode'],
  });
  return await child.ask<ManagerFigures>('measure', { count, trials } satisfies ManagersRequest);
}

import { Child } from '../child.js';
import type { BenchContext } from '../section.js';
import type { ManagerFigures } from './managers-program.js';

const sizes = [1, 10, 100, 1_000, 10_000];

/** Measures each number of managers in a fresh process. */
export async function measureManagers({ quick, say }: BenchContext): Promise<ManagerFigures[]> {
  const figures: ManagerFigures[] = [];
  for (const size of quick ? sizes.slice(0, -1) : sizes) {
    say(`managers in one process: ${size.toLocaleString('en')}`);
    await using child = new Child(new URL('./managers-program.js', import.meta.url), {
      // Without the second, V8 drops compiled code now and then, more of it than one manager weighs.
      execArgv: ['--expose-gc', '--no-flush-bytecode'],
    });
    figures.push(await child.ask<ManagerFigures>('measure', size));
  }
  return figures;
}

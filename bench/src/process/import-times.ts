import { fileURLToPath } from 'node:url';
import { measureInPairs, type Pair } from '../paired.js';
import type { EntryPoint } from './entry-points.js';
import { runNode } from './run-node.js';

const program = fileURLToPath(new URL('./import-program.js', import.meta.url));

/** Imports the entry point, and a module that imports no more than the client below it, in turns. Milliseconds of processor time. */
export function measureImports(
  { file, client }: EntryPoint,
  count: number,
): Promise<Pair<number>[]> {
  const floor = client === undefined ? [] : [import.meta.resolve(client)];
  return measureInPairs(
    count,
    () => importAll([file.href]),
    () => importAll(floor),
  );
}

async function importAll(urls: readonly string[]): Promise<number> {
  return Number((await runNode({ args: [program, ...urls] })).stdout);
}

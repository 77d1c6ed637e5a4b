import { fileURLToPath } from 'node:url';
import { measureInPairs, type Pair } from '../paired.js';
import type { EntryPoint } from './entry-points.js';
import { foreignImportsOf } from './foreign-imports.js';
import { resolveImport } from './resolve-import.js';
import { runNode } from './run-node.js';

/** What one fresh process took to import something. */
export interface ImportCost {
  /** The import alone. */
  readonly importMs: number;
  /** The whole process, which Node itself has to start first. */
  readonly processMs: number;
}

/** An entry point, and the modules of others that it loads: the floor below which it cannot get. */
export interface MeasuredEntry {
  readonly name: string;
  readonly url: string;
  readonly foreign: readonly ForeignModule[];
}

export interface ForeignModule {
  readonly specifier: string;
  readonly url: string;
}

/** Finds out what each entry point loads. */
export async function findFloors(entries: readonly EntryPoint[]): Promise<MeasuredEntry[]> {
  const urls = new Map<string, Promise<string>>();
  const measured = entries.map(async (entry) => {
    const imports = foreignImportsOf(entry, entries).map(async (each) => {
      const key = `${each.folder.href} ${each.specifier}`;
      const url = urls.get(key) ?? resolveImport(each);
      urls.set(key, url);
      return { specifier: each.specifier, url: await url };
    });
    return { name: entry.name, url: entry.file.href, foreign: await Promise.all(imports) };
  });
  return await Promise.all(measured);
}

/** Imports the entry point, and what it loads of others, in turns. */
export function measureImports(entry: MeasuredEntry, count: number): Promise<Pair<ImportCost>[]> {
  return measureInPairs(
    count,
    () => importAll([entry.url]),
    () => importAll(entry.foreign.map(({ url }) => url)),
  );
}

const program = fileURLToPath(new URL('./import-program.js', import.meta.url));

async function importAll(urls: readonly string[]): Promise<ImportCost> {
  const { stdout, elapsedMs } = await runNode({ args: [program, ...urls] });
  return { importMs: Number(stdout), processMs: elapsedMs };
}

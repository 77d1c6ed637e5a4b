import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { parse } from 'es-module-lexer';
import type { EntryPoint } from './entry-points.js';

/** A module of somebody else's, and the package folder from which it is asked for. */
export interface ForeignImport {
  readonly specifier: string;
  readonly folder: URL;
}

/** Finds what one entry point loads that is neither ours nor Node's, in the order in which it is first met. */
export function foreignImportsOf(
  entry: EntryPoint,
  entries: readonly EntryPoint[],
  importsOf: (file: URL) => readonly string[] = staticImportsOf,
): ForeignImport[] {
  const seen = new Set<string>();
  const found = new Map<string, ForeignImport>();
  const walk = (file: URL, folder: URL): void => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    for (const specifier of importsOf(file)) {
      const own = entries.find(({ name }) => name === specifier);
      if (own !== undefined) walk(own.file, own.folder);
      else if (specifier.startsWith('.')) walk(new URL(specifier, file), folder);
      else if (!isBuiltin(specifier)) {
        found.set(`${folder.href} ${specifier}`, { specifier, folder });
      }
    }
  };
  walk(entry.file, entry.folder);
  return [...found.values()];
}

/** What a file imports or re-exports at once; what it may import later costs no start-up. */
function staticImportsOf(file: URL): string[] {
  const [imports] = parse(readFileSync(file, 'utf8'));
  return imports.flatMap((each) =>
    each.type === 'static' || each.type === 'reexport-star' ? [each.specifier] : [],
  );
}

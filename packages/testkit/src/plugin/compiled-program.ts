import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Returns the path of a program of this package that plain Node can run.
 * Tests read the sources, and Node 20 runs no TypeScript: the package finds itself by its name from wherever this code stands.
 * @throws {Error} when it has not been compiled.
 */
export function compiledProgram(name: string): string {
  const manifest = createRequire(import.meta.url).resolve('@keyturn/testkit/package.json');
  const path = join(dirname(manifest), 'dist', name);
  if (!existsSync(path)) {
    throw new Error(`"${name}" of @keyturn/testkit is not compiled. Run "npm run build" first.`);
  }
  return path;
}

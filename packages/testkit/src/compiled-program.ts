import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Returns the path of a program of this package that plain Node can run.
 * Tests read the sources, and Node 20 runs no TypeScript: `../dist/` is right from both places.
 * @throws {Error} when it has not been compiled.
 */
export function compiledProgram(name: string): string {
  const path = fileURLToPath(new URL(`../dist/${name}`, import.meta.url));
  if (!existsSync(path)) {
    throw new Error(`"${name}" of @keyturn/testkit is not compiled. Run "npm run build" first.`);
  }
  return path;
}

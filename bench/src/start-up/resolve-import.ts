import type { ForeignImport } from './foreign-imports.js';
import { runNode } from './run-node.js';

const program = 'console.log(import.meta.resolve(process.argv[1]))';

/**
 * Resolves an import to a URL, as Node would for a file in its folder. Only a program that runs there can ask:
 * import.meta.resolve knows no place but its own.
 */
export async function resolveImport({ specifier, folder }: ForeignImport): Promise<string> {
  const args = ['--input-type=module', '--eval', program, specifier];
  const { stdout } = await runNode({ args, folder });
  return stdout.trim();
}

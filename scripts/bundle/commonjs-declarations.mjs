// Declarations for the CommonJS build: the compiler's, under the ending that says so, because TypeScript judges by the
// ending of a declaration whether `require()` may load what it declares.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { entryPointsOf } from './entry-points.mjs';

const relativeImport = /((?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+)\.js(['"])/g;

/** Returns the texts of the declarations by their paths in `dist`: of each entry point, and of what they lead to. */
export function commonjsDeclarations(folder) {
  const files = new Map();
  const follow = (name) => {
    if (files.has(`${name}.d.cts`)) return;
    const text = readFileSync(`${folder}/dist/${name}.d.ts`, 'utf8');
    const renamed = text.replaceAll(relativeImport, '$1$2.cjs$3');
    files.set(`${name}.d.cts`, renamed.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
    for (const [, , path] of text.matchAll(relativeImport)) follow(join(dirname(name), path));
  };
  for (const { name, isRequirable } of entryPointsOf(folder)) if (isRequirable) follow(name);
  return files;
}

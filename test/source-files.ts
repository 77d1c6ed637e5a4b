import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository. */
export const root: string = fileURLToPath(new URL('..', import.meta.url));

/** Lists the files below `folder`, as paths from the top with forward slashes. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(node_modules|dist|coverage)\//.test(path))
    .sort();
}

/** Names of the folders in `packages`. */
export const packageNames: readonly string[] = readdirSync(join(root, 'packages')).sort();

/** Every TypeScript source of the packages, without their tests. */
export function packageSources(): string[] {
  return packageNames
    .flatMap((name) => filesBelow(`packages/${name}/src`))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));
}

export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** One module that a source file names, and whether the import is gone once types are erased. */
export interface ImportedModule {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

// Static imports and re-exports; `import type` and `export type` are erased, `import { type X }` is not
// (verbatimModuleSyntax keeps the bare import).
const fromClause =
  /(?:^|[;}\s])(import|export)(?=[\s{*])\s*(type\s+(?!from\b|,))?[\w$*{},\s]*?\bfrom\s*(['"])([^'"]+)\3/g;
const bareImport = /(?:^|[;}\s])import\s*(['"])([^'"]+)\1/g;
// Both `await import('x')` and the type `import('x').Y`: the reader cannot tell them apart, and neither may break a rule.
const importCall = /\b(?:import|require)\s*\(\s*(['"`])([^'"`]+)\1/g;

/** Reads which modules `source` names, in whatever form. */
export function importsOf(source: string): ImportedModule[] {
  const code = withoutComments(source);
  return [
    ...[...code.matchAll(fromClause)].map((match) => ({
      specifier: match[4] ?? '',
      typeOnly: match[2] !== undefined,
    })),
    ...[...code.matchAll(bareImport)].map((match) => ({
      specifier: match[2] ?? '',
      typeOnly: false,
    })),
    ...[...code.matchAll(importCall)].map((match) => ({
      specifier: match[2] ?? '',
      typeOnly: false,
    })),
  ];
}

/** Blanks comments and keeps strings, so that `'https://…'` survives. */
export function withoutComments(source: string): string {
  return source.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (_match, text: string | undefined) => text ?? ' ',
  );
}

/** Turns a relative specifier into the path of the source that it names. */
export function resolveImport(from: string, specifier: string): string {
  const path = resolve(root, dirname(from), specifier.replace(/\.js$/, '.ts'));
  return relative(root, path).split(sep).join('/');
}

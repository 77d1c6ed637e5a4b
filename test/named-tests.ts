import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, textOf, withoutComments } from './source-files.js';

/** A promise of a page, and the test that fails when it is broken. */
export interface BackedPromise {
  readonly promise: string;
  readonly path: string;
  readonly title: string;
}

/** Reads the rows of the tables of a page that name file and title of a test. */
export function promisesOf(page: string): BackedPromise[] {
  const row =
    /^\| (?<promise>[^|]+) \| \[`(?<name>[^`]+)`\]\((?<path>[^)]+)\): (?<title>[^|]+) \|$/gm;
  return [...page.matchAll(row)].map(({ groups }) => groups as unknown as BackedPromise);
}

/** Tells whether a test, a scene or a group of them has this title, as it is written in the source. One in a comment does not run. */
export function isBacked({ path, title }: BackedPromise): boolean {
  if (!existsSync(join(root, path))) return false;
  const code = withoutComments(textOf(path));
  return [`'${title}'`, `"${title}"`].some((name) => code.includes(name));
}

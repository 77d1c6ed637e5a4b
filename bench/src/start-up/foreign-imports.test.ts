import { expect, it } from 'vitest';
import type { EntryPoint } from './entry-points.js';
import { foreignImportsOf } from './foreign-imports.js';

const entryOf = (name: string): EntryPoint => {
  const folder = new URL(`file:///packages/${name}/`);
  return { name: `@keyturn/${name}`, file: new URL('dist/index.js', folder), folder };
};
const [axios, core] = [entryOf('axios'), entryOf('core')];

/** Walks files that exist only here. */
function specifiersOf(files: Record<string, readonly string[]>): string[] {
  const importsOf = (file: URL) => files[file.pathname.replace('/packages/', '')] ?? [];
  const found = foreignImportsOf(axios, [axios, core], importsOf);
  return found.map(({ specifier, folder }) => `${specifier} from ${folder.pathname}`);
}

it('finds what is imported by way of files of its own', () => {
  expect(
    specifiersOf({
      'axios/dist/index.js': ['./bind.js'],
      'axios/dist/bind.js': ['axios'],
    }),
  ).toEqual(['axios from /packages/axios/']);
});

it('looks for what a package of ours imports in the folder of that package', () => {
  expect(
    specifiersOf({
      'axios/dist/index.js': ['@keyturn/core'],
      'core/dist/index.js': ['inversify'],
    }),
  ).toEqual(['inversify from /packages/core/']);
});

it('leaves out what comes with Node', () => {
  expect(specifiersOf({ 'axios/dist/index.js': ['node:https', 'crypto'] })).toEqual([]);
});

it('names a module once, and survives files that import each other', () => {
  expect(
    specifiersOf({
      'axios/dist/index.js': ['./a.js', 'axios'],
      'axios/dist/a.js': ['./index.js', 'axios'],
    }),
  ).toEqual(['axios from /packages/axios/']);
});

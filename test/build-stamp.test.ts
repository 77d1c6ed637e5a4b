import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { root } from './source-files.js';

interface Stamps {
  isStamped(folder: string): boolean;
  keepStamp(folder: string): void;
}

let stamps: Stamps;
let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  stamps = (await import(
    new URL('../scripts/bundle/build-stamp.mjs', import.meta.url).href
  )) as Stamps;
  mkdirSync(join(root, '.build'), { recursive: true });
  folder = mkdtempSync(join(root, '.build/stamped-'));
  for (const name of ['src', 'dist']) mkdirSync(file(name));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(join(root, '.build/bundled', `.build-${basename(folder)}`), { force: true });
});
beforeEach(() => {
  writeFileSync(file('src/index.ts'), 'export const one = 1;');
  writeFileSync(file('dist/index.js'), 'export const one = 1;');
  rmSync(file('src/more.ts'), { force: true });
});

it('a package that was never built is built', () => {
  expect(stamps.isStamped(folder)).toBe(false);
});

it.each<[string, boolean, () => void]>([
  ['nothing has changed', true, () => {}],
  [
    'a source is as long and says something else',
    false,
    () => writeFileSync(file('src/index.ts'), 'export const one = 2;'),
  ],
  ['there is one more source', false, () => writeFileSync(file('src/more.ts'), '')],
  ['what was built was changed', false, () => writeFileSync(file('dist/index.js'), '')],
  ['what was built has gone', false, () => rmSync(file('dist/index.js'))],
  ['a test has changed', true, () => writeFileSync(file('src/index.test.ts'), 'it();')],
])('a package is left as it is only where nothing has changed: %s', (_, isLeft, change) => {
  stamps.keepStamp(folder);
  change();
  expect(stamps.isStamped(folder)).toBe(isLeft);
});

// Which source files of a package are mutated, and in which portions.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** So long that the first run of the tests is a small part of it, so short that an interruption loses little. Lines. */
const portionLines = 600;

/** Types and re-exports hold nothing that could be changed. */
const isSource = (name) =>
  name.endsWith('.ts') && !name.endsWith('.test.ts') && !/(?:^|\/)index\.ts$/.test(name);

/** @returns paths from the root, sorted */
export function sourcesOf(name) {
  const folder = `packages/${name}/src`;
  return readdirSync(join(root, folder), { recursive: true })
    .map((path) => `${folder}/${String(path).replaceAll('\\', '/')}`)
    .filter(isSource)
    .sort();
}

/** Those that have changed since `ref`, or whose test has. */
export function changedSince(ref, files) {
  const args = ['diff', '--name-only', ref, '--', 'packages'];
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const changed = new Set(stdout.split('\n').map((path) => path.replace(/\.test\.ts$/, '.ts')));
  return files.filter((file) => changed.has(file));
}

/** Files in their order, as many at a time as make a portion. */
export function portionsOf(files) {
  const portions = [];
  let room = 0;
  for (const file of files) {
    const lines = readFileSync(resolve(root, file), 'utf8').split('\n').length;
    if (room < lines) {
      portions.push([]);
      room = portionLines;
    }
    portions.at(-1).push(file);
    room -= lines;
  }
  return portions;
}

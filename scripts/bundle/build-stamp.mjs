// Whether a package is as the last build has left it. Most scripts build first, and most often nothing has changed since.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** What is bundled with, and from. */
const tools = ['package-lock.json', 'scripts/bundle.mjs', ...filesBelow('scripts/bundle')];

/** Tells whether neither what `folder` is built of nor what was built of it has changed since `keepStamp`. */
export function isStamped(folder) {
  const path = stampPath(folder);
  return existsSync(path) && readFileSync(path, 'utf8') === digestOf(folder);
}

export function keepStamp(folder) {
  const path = stampPath(folder);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, digestOf(folder));
}

function stampPath(folder) {
  return join(root, '.build/bundled', relative(root, folder).replaceAll(/[\\/]/g, '-'));
}

function digestOf(folder) {
  const hash = createHash('sha256');
  const files = filesBelow(relative(root, folder)).filter((path) => !isNoMatter(path));
  for (const path of [...tools, ...files]) {
    const text = readFileSync(join(root, path));
    hash.update(`${path}\n${text.length}\n`).update(text);
  }
  return hash.digest('hex');
}

function isNoMatter(path) {
  return /\.test\.ts$|\.tsbuildinfo$|[\\/]node_modules[\\/]|\.md$|LICENSE$/.test(path);
}

/** @param folder seen from the root, as the paths that are returned */
function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
    .sort();
}

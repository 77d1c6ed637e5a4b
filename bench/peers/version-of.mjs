import { readFileSync } from 'node:fs';

/**
 * The version of an installed package; read from its file, because some packages do not export it.
 *
 * @param {string} name
 * @returns {string}
 */
export function versionOf(name) {
  const file = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

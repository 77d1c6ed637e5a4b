import { sep } from 'node:path';

const modulesFolder = `${sep}node_modules${sep}`;

/** Tells whether a module of a bundle is somebody else's. */
export function isThirdParty(id) {
  return id.includes(modulesFolder);
}

/** The name and the folder of the package that a third-party module belongs to. */
export function packageOf(id) {
  const path = id.replace(/^\0|\?.*$/g, '');
  const start = path.lastIndexOf(modulesFolder) + modulesFolder.length;
  const parts = path.slice(start).split(sep);
  const name = parts.slice(0, parts[0].startsWith('@') ? 2 : 1).join('/');
  return { name, folder: path.slice(0, start) + name.replaceAll('/', sep) };
}

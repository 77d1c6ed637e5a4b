// `npm run docs:links`: a README of a package is read where there is no repository around it, so its links into the repository are
// whole addresses. Writes them, from the relative ones that are easier to write and from those of an earlier address, below the
// `repository` of package.json, and that one into the manifests. With --check it writes nothing and names what it would write.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, normalize, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const base = `${repository.url.replace(/^git\+/, '').replace(/\.git$/, '')}/blob/main/`;
const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
const folders = [...packages, 'scripts/adapter-template'];

/** What a link of `folder` leads to, as a path in the repository; undefined where it stays in the package or leads elsewhere. */
function pathOf(target, folder) {
  const [, known] = /^https?:\/\/[^)\s]*?\/blob\/main\/([^#]+)/.exec(target) ?? [];
  if (known !== undefined) return existsSync(join(root, known)) ? known : undefined;
  if (/^[a-z]+:|^#/.test(target)) return undefined;
  // The template stands one folder below where its copies will.
  const home = folder.startsWith('packages') ? folder : 'packages/sample';
  const path = normalize(join(home, target.replace(/#.*$/, '')));
  if (path.startsWith(`${home}/`)) return undefined;
  return statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()
    ? join(path, 'README.md')
    : path;
}

const rewrite = (text, folder) =>
  text.replaceAll(/\]\(([^)\s]+)\)/g, (link, target) => {
    const path = pathOf(target, folder);
    const [anchor = ''] = /#.*$/.exec(target) ?? [];
    return path === undefined ? link : `](${base}${path}${anchor})`;
  });

function wanted(folder) {
  const [readme, manifest] = ['README.md', 'package.json'].map((name) => join(folder, name));
  const [text, json] = [readme, manifest].map((path) => readFileSync(join(root, path), 'utf8'));
  return [
    { path: readme, is: text, right: rewrite(text, folder) },
    { path: manifest, is: json, right: json.replace(/"git\+[^"]*"/, `"${repository.url}"`) },
  ];
}

const stale = folders.flatMap(wanted).filter(({ is, right }) => is !== right);
if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path}: run npm run docs:links`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, right } of stale) writeFileSync(join(root, path), right);
}

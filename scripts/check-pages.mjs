// Runs every `npm install` of a page in an empty folder, as it stands, save that our own packages come from their tarballs,
// because they may not be published yet; then imports what was installed and, from a file that README says how to begin,
// the first lines of the page. Needs the registry. The other blocks of the pages are run by test/pages, and those of the
// guides to clusters by check-guides.mjs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPacked, packAll, root, run } from './packed.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'keyturn-pages-'));

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
    const installed = installPacked(command, tarballs, folder);
    if (!installed.passed) return installed;
  }
  writeFileSync(join(folder, 'app.mjs'), imports);
  return run(process.execPath, ['app.mjs'], { cwd: folder });
}

try {
  const tarballs = packAll(scratch);
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

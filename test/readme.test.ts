import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBacked, promisesOf } from './named-tests.js';
import { pages } from './pages/code-blocks.js';
import { filesBelow, root, textOf } from './source-files.js';

describe('the pages', () => {
  const { repository } = JSON.parse(textOf('package.json')) as { repository: { url: string } };
  const address = `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/`;

  it('link to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => (match[1] ?? '').replace(/#.*$/, ''))
        .map((target) => target.replace(address, '/'))
        .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
        .filter(
          (target) => !existsSync(join(root, target.startsWith('/') ? '' : dirname(page), target)),
        )
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  // Somebody has `npm install`ed the package and opens its README there, or reads it on the page of the registry.
  it('of a package link with whole addresses to what is not in the package', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['scripts/write-package-links.mjs', '--check'],
      { cwd: root, encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  // What guided the authors and is not in the tree helps no reader; a page that is cited by its path has to be there.
  it('are all that the tree cites', () => {
    const folders = ['packages', 'test', 'examples', 'docs', 'bench', 'scripts', 'tools'];
    const files = [...folders.flatMap(filesBelow), ...pages].filter((path) =>
      /\.(?:ts|mjs|md)$/.test(path),
    );
    const cited = files.flatMap((path) =>
      [...textOf(path).matchAll(/\bDESI[G]N\b|\bSTYL[E]\.md\b|\b(?:docs|spec)\/[\w/-]+\.md\b/g)]
        .map(([target]) => target)
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(files.length).toBeGreaterThan(400);
    expect(cited).toEqual([]);
  });

  it('have every how-to in an index', () => {
    const index = textOf('docs/how-to/README.md');
    const pagesOfIt = filesBelow('docs/how-to').filter((path) => path !== 'docs/how-to/README.md');
    expect(pagesOfIt.length).toBeGreaterThan(10);
    for (const path of pagesOfIt) expect(index).toContain(`](${path.split('/').at(-1)})`);
  });

  it('begin with a README that is short: install by line 10, code by line 25, 120 lines in all', () => {
    const lines = textOf('README.md').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(120);
    expect(lines.findIndex((line) => line.startsWith('npm install'))).toBeLessThan(10);
    expect(lines.indexOf('```ts')).toBeLessThan(25);
  });
});

describe('what others do not do, says the README', () => {
  const [, claims = ''] =
    /^## What others do not do$([\s\S]*?)^## /m.exec(textOf('README.md')) ?? [];
  const promises = promisesOf(claims);

  it('in a table in which every line is understood', () => {
    const lines = claims.split('\n').filter((line) => line.startsWith('| '));
    expect(promises).toHaveLength(lines.length - 1);
    expect(promises.length).toBeGreaterThan(15);
  });

  it.each(promises)('and names a test for: $promise', (promise) => {
    expect(isBacked(promise), `${promise.path} has no test "${promise.title}"`).toBe(true);
  });
});

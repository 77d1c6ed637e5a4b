import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isBacked, promisesOf } from './named-tests.js';
import { filesBelow, packageNames, root, textOf } from './source-files.js';

const pages = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...filesBelow('docs').filter((path) => path.endsWith('.md')),
  ...packageNames.map((name) => `packages/${name}/README.md`),
  ...filesBelow('examples').filter((path) => path.endsWith('.md')),
].filter((path) => existsSync(join(root, path)));

interface CodeBlock {
  readonly page: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
}

function codeBlocks(language: string): CodeBlock[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return pages.flatMap((page) => {
    const text = textOf(page);
    return [...text.matchAll(fence)].map((match) => ({
      page,
      line: text.slice(0, match.index).split('\n').length,
      code: match[1] ?? '',
    }));
  });
}

const snippets = '.build/docs-snippets';

/** Writes each block as a module of its own, named after where it stands. */
function writeSnippets(blocks: readonly CodeBlock[]): void {
  rmSync(join(root, snippets), { recursive: true, force: true });
  mkdirSync(join(root, snippets), { recursive: true });
  for (const { page, line, code } of blocks) {
    const name = `${page.replaceAll(/[/.]/g, '-')}-line-${line}.ts`;
    writeFileSync(join(root, snippets, name), code);
  }
  const compilerOptions = {
    ...{ composite: false, noEmit: true, declaration: false, declarationMap: false },
    ...{ isolatedDeclarations: false, sourceMap: false },
  };
  writeFileSync(
    join(root, snippets, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
  );
}

describe('the code in the documentation', () => {
  const blocks = codeBlocks('ts');

  beforeAll(() => writeSnippets(blocks));

  it('exists', () => {
    expect(blocks.map(({ page }) => page)).toContain('README.md');
  });

  // Against the built packages, as a reader would have them: `npm test` builds first.
  it('compiles', () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const args = [compiler, '-p', snippets, '--pretty', 'false'];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe('the commands in the documentation', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };

  it('run scripts that exist', () => {
    const unknown = codeBlocks('sh').flatMap(({ page, code }) =>
      [...code.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test|start)\b)/g)]
        .map((match) => match[1] ?? match[2] ?? '')
        .filter((name) => scripts[name] === undefined)
        .map((name) => `${page}: npm run ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are the two that a newcomer needs', () => {
    const commands = codeBlocks('sh')
      .filter(({ page }) => page === 'README.md')
      .map(({ code }) => code);
    expect(commands.join('')).toContain('npm ci && npm start');
    expect(commands.join('')).toContain('npm ci && npm test');
  });
});

describe('the pages', () => {
  it('link to files that exist', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
        .map((match) => (match[1] ?? '').replace(/#.*$/, ''))
        .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
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

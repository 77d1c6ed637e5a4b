import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, textOf } from '../source-files.js';
import { type CodeBlock, codeBlocks, pageId } from './code-blocks.js';
import { installedPackages, pagesRunElsewhere, ranElsewhere } from './commands.js';
import { type StandIn, startStandIn } from './stand-in.js';

const folder = '.build/docs-snippets';

const nameOf = ({ page, line }: CodeBlock): string => `${pageId(page)}-line-${line}`;

/** Writes each block as a module of its own, named after where it stands. */
function writeBlocks(blocks: readonly CodeBlock[]): void {
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  for (const block of blocks) {
    writeFileSync(join(root, folder, `${nameOf(block)}.ts`), block.code);
  }
  const compilerOptions = {
    ...{ composite: false, noEmit: false, declaration: false, declarationMap: false },
    ...{ isolatedDeclarations: false, sourceMap: false, rootDir: '.', outDir: 'out' },
    emitDeclarationOnly: false,
  };
  writeFileSync(
    join(root, folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }),
  );
}

const everyBlock = codeBlocks('ts', 'js');
const blocks = everyBlock.filter(({ page }) => !(page in pagesRunElsewhere));
const byPage = new Map<string, CodeBlock[]>();
for (const block of blocks) byPage.set(block.page, [...(byPage.get(block.page) ?? []), block]);

let standIn: StandIn;
let compiled: { readonly stdout: string; readonly status: number | null };
beforeAll(async () => {
  standIn = await startStandIn();
  writeBlocks(blocks);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', folder, '--pretty', 'false'];
  compiled = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
}, 60_000);
afterAll(() => standIn[Symbol.asyncDispose]());

/** Runs every block in one program, as programs cost more to start than the blocks do, and waits until it ends by itself. */
async function run(): Promise<{ code: unknown; output: string }> {
  // What sets something for the whole program comes last.
  const [before, last] = [false, true].map((isLast) =>
    blocks.filter(({ code }) => code.includes('setGlobalDispatcher(') === isLast),
  ) as [CodeBlock[], CodeBlock[]];
  const files = [...before, ...last].map((block) =>
    join(root, folder, 'out', `${nameOf(block)}.js`),
  );
  const [world, runner] = ['world.mjs', 'run-blocks.mjs'].map((name) =>
    join(root, 'test/pages', name),
  ) as [string, string];
  const child = spawn(process.execPath, ['--import', world, runner, ...files], {
    env: standIn.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const [out, err] = [text(child.stdout), text(child.stderr)];
  const [code] = await once(child, 'close');
  return { code, output: (await out) + (await err) };
}

describe('the code in the documentation', () => {
  it('exists', () => {
    expect([...byPage.keys()]).toContain('README.md');
    expect(blocks.length).toBeGreaterThan(25);
  });

  it.each(Object.entries(pagesRunElsewhere))('of %s is run elsewhere', (page, { by }) => {
    expect(codeBlocks('js').filter((block) => block.page === page)).not.toEqual([]);
    for (const [file, words] of Object.entries(by)) expect(textOf(file)).toContain(words);
  });

  // Against the built packages, as a reader would have them: `npm test` builds first.
  it('compiles', () => {
    expect(compiled.stdout).toBe('');
    expect(compiled.status).toBe(0);
  });

  it('runs, sends a credential with every request, and ends by itself', async () => {
    const { code, output } = await run();
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/blocks done\n/) });
    const started = [...output.matchAll(/^block (.*)$/gm)].map(([, file]) => file);
    expect(started).toHaveLength(blocks.length);
    expect(standIn.seen.requests.length).toBeGreaterThan(15);
    expect(standIn.seen.anonymous).toEqual([]);
  }, 180_000);
});

describe('the commands in the documentation', () => {
  const commands = codeBlocks('sh').flatMap(({ page, code }) =>
    code
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, ''))
      .filter((line) => line !== '')
      .map((command) => ({ page, command })),
  );
  const { scripts } = JSON.parse(textOf('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };

  it.each(commands)('$command of $page is run', ({ command }) => {
    const packages = installedPackages(command);
    if (packages !== undefined) return;
    const place = ranElsewhere[command];
    expect(place, `${command} is run by nothing`).toBeDefined();
    for (const [file, words] of Object.entries(place?.by ?? {})) {
      expect(textOf(file)).toContain(words);
    }
  });

  it('are no more than the list of those that something else runs', () => {
    const known = new Set(commands.map(({ command }) => command));
    expect(Object.keys(ranElsewhere).filter((command) => !known.has(command))).toEqual([]);
  });

  it('run scripts that exist', () => {
    const unknown = commands.flatMap(({ page, command }) =>
      [...command.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(test|start)\b)/g)]
        .map((match) => match[1] ?? match[2] ?? '')
        .filter((name) => scripts[name] === undefined)
        .map((name) => `${page}: npm run ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('are the two that a newcomer needs', () => {
    const ofReadme = commands.filter(({ page }) => page === 'README.md');
    const words = ofReadme.map(({ command }) => command);
    expect(words).toContain('npm ci && npm start');
    expect(words).toContain('npm ci && npm test');
  });

  it('install what the page imports, and nothing else', () => {
    for (const page of new Set(commands.map((command) => command.page))) {
      const installed = commands.flatMap(({ page: where, command }) =>
        where === page ? (installedPackages(command) ?? []) : [],
      );
      if (installed.length === 0) continue;
      const ofPage = everyBlock.filter((block) => block.page === page);
      const imported = ofPage.flatMap(({ code }) =>
        [...code.matchAll(/from '((?:@[^/']+\/)?[^/':]+)(?:\/[^']*)?'/g)].map(([, name]) => name),
      );
      expect([page, ...new Set(imported)].sort()).toEqual([page, ...installed].sort());
    }
  });
});

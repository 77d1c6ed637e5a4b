import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageNames, root, textOf } from './source-files.js';

/** What the generator edits or reads, and what type check and suite need. */
const copied = [
  ...['package.json', 'package-lock.json', 'lerna.json', '.gitignore', 'biome.json'],
  ...['biome.imports.json', 'tsconfig.json', 'tsconfig.base.json', 'vitest.config.ts'],
  ...['test/tsconfig.json', 'test/architecture.test.ts', 'test/keep-global-dispatcher.ts'],
];
const edited = ['biome.imports.json', 'tsconfig.json', 'test/tsconfig.json', 'package-lock.json'];

let scratch = '';

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function run(script: string, ...args: readonly string[]): Ended {
  const env = { ...process.env, TEST_TARGET: 'dist' };
  const options = { cwd: scratch, env, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
  return { status, output: stdout + stderr };
}

const tool = (path: string): string => join(root, 'node_modules', path);
const biome = tool('@biomejs/biome/bin/biome');
const generate = (...args: readonly string[]): Ended =>
  run(join(root, 'scripts/new-adapter.mjs'), '--root', scratch, ...args);

/** A repository of its own: copies of what is edited, links to everything else. */
function makeScratch(): string {
  // The compiler and vitest see real paths; a temporary folder may be behind a link.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'keyturn-adapter-')));
  for (const path of copied) cpSync(join(root, path), join(folder, path));
  linkAll('node_modules', folder, ['.bin', '.cache', '.vite', '@keyturn']);
  linkAll('node_modules/@keyturn', folder);
  // vitest looks for the project of a file among all that are referred to.
  const { references } = JSON.parse(textOf('tsconfig.json')) as {
    readonly references: readonly { readonly path: string }[];
  };
  for (const { path } of references) {
    cpSync(join(root, path, 'tsconfig.json'), join(folder, path, 'tsconfig.json'));
  }
  return folder;
}

function linkAll(path: string, folder: string, without: readonly string[] = []): void {
  mkdirSync(join(folder, path), { recursive: true });
  for (const name of readdirSync(join(root, path))) {
    if (without.includes(name)) continue;
    symlinkSync(realpathSync(join(root, path, name)), join(folder, path, name), 'junction');
  }
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

interface Played {
  readonly passed: string[];
  readonly failed: string[];
  /** What went wrong outside of the scenes. */
  readonly message: string;
  /** What a person sees. */
  readonly output: string;
}

/** Which scenes of `packages/NAME` passed and which failed, and what went wrong outside of them. */
function playSuite(name: string): Played {
  const report = join(scratch, 'report.json');
  // As its own `npm test`, save that the reporter is not part of the copy.
  const list = join(root, 'scripts/list-scenes.mjs');
  const args = ['--root', scratch, `--reporter=${list}`, '--reporter=json'];
  const { output } = run(
    tool('vitest/vitest.mjs'),
    'run',
    ...args,
    `--outputFile.json=${report}`,
    `packages/${name}/`,
  );
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const titles = (wanted: string): string[] =>
    results.filter(({ status }) => status === wanted).map(({ title }) => title);
  const message = testResults.map((result) => result.message).join('');
  return { passed: titles('passed'), failed: titles('failed'), message, output };
}

function typeCheck(name: string): Ended {
  const compilerOptions = { composite: false, noEmit: true };
  const include = [`packages/${name}/src`];
  const config = { extends: './tsconfig.base.json', compilerOptions, include };
  writeFileSync(join(scratch, 'tsconfig.check.json'), JSON.stringify(config));
  return run(tool('typescript/bin/tsc'), '-p', 'tsconfig.check.json', '--pretty', 'false');
}

/** A line for each promise, one for what is expected, and once what was seen: no stack traces. */
function expectList(output: string, count: number): void {
  const lines = output.trimEnd().split('\n');
  expect(lines).toContain('✗ demo sends the current token');
  expect(output).toMatch(/expected: each request carries `Authorization: Bearer TOKEN`/);
  expect(output.match(/bindDemo is not written yet/g)).toHaveLength(1);
  expect(lines.filter((line) => /^\s+at /.test(line)).length).toBeLessThanOrEqual(1);
  expect(lines).toContain(`0 of ${count} promises are kept.`);
  expect(lines.length).toBeLessThan(2.5 * count);
}

const bindingOfTheGuide = (): string => {
  const guide = textOf('docs/how-to/write-an-adapter.md');
  const [, code = ''] =
    /^```ts\n([\s\S]*?export function bindDemo[\s\S]*?)^```$/m.exec(guide) ?? [];
  return code;
};

beforeAll(() => {
  scratch = makeScratch();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('npm run new:adapter', () => {
  it('explains itself', () => {
    const { status, output } = generate('--help');
    expect(status).toBe(0);
    expect(output).toContain('npm run new:adapter NAME');
  });

  it.each([
    [[], 'Give one name.'],
    [['two', 'names'], 'Give one name.'],
    [['Demo'], '"Demo" cannot name a package'],
    [['../demo'], '"../demo" cannot name a package'],
    [['--force'], "Unknown option '--force'"],
  ])('refuses %j and writes nothing', (args, message) => {
    const { status, output } = generate(...args);
    expect(status).toBe(1);
    expect(output).toContain(message);
    expect(readdirSync(join(scratch, 'packages')).sort()).toEqual(packageNames);
  });

  it('refuses a name that is taken', () => {
    const { status, output } = generate('core');
    expect(status).toBe(1);
    expect(output).toContain('packages/core exists already');
  });
});

// A suite of another process takes some seconds, and a machine may be busy.
describe('a new adapter', { timeout: 120_000 }, () => {
  beforeAll(() => {
    expect(generate('demo')).toMatchObject({ status: 0 });
  });

  it('has its place in the references, the rooms and the lock file', () => {
    for (const path of edited) {
      expect(readFileSync(join(scratch, path), 'utf8'), path).toContain('packages/demo');
    }
    const rooms = readFileSync(join(scratch, 'test/architecture.test.ts'), 'utf8');
    expect(rooms).toContain("  demo: ['core/ground'],\n");
    expect(realpathSync(join(scratch, 'node_modules/@keyturn/demo'))).toBe(
      join(scratch, 'packages/demo'),
    );
  });

  it('adds lines to what was there, and changes none', () => {
    for (const path of [...edited, 'test/architecture.test.ts']) {
      const after = readFileSync(join(scratch, path), 'utf8').split('\n');
      const lost = textOf(path)
        .split('\n')
        .filter((line) => !after.includes(line) && !after.includes(`${line},`));
      expect(lost, path).toEqual([]);
    }
  });

  it('leaves a lock file as npm would write it', () => {
    const lock = JSON.parse(readFileSync(join(scratch, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, unknown>;
    };
    const sibling = (JSON.parse(textOf('package-lock.json')) as typeof lock).packages;
    expect(lock.packages['node_modules/@keyturn/demo']).toEqual({
      ...(sibling['node_modules/@keyturn/https'] as object),
      resolved: 'packages/demo',
    });
    expect(lock.packages['packages/demo']).toEqual({
      ...(sibling['packages/https'] as object),
      name: '@keyturn/demo',
    });
    expect(run(join(root, 'scripts/check-lock.mjs')).status).toBe(0);
  });

  it('is formatted and type-checks, also with a name of several words', () => {
    expect(generate('my-http-client')).toMatchObject({ status: 0 });
    const files = [...edited, 'test/architecture.test.ts', 'packages'];
    expect(run(biome, 'check', ...files)).toMatchObject({ status: 0 });
    for (const name of ['demo', 'my-http-client']) {
      expect(typeCheck(name)).toEqual({ status: 0, output: '' });
    }
    expect(existsSync(join(scratch, 'packages/my-http-client/src/bind-my-http-client.ts'))).toBe(
      true,
    );
  });

  it('fails its suite by named scenes and nothing else, in a list that says what is expected', () => {
    const { passed, failed, message, output } = playSuite('demo');
    expectList(output, failed.length);
    expect(failed).toContain('demo sends the current token');
    expect(failed.every((title) => title.startsWith('demo '))).toBe(true);
    expect({ passed, message }).toEqual({ passed: [], message: '' });
  });

  it('compiles for a client of any shape', () => {
    const file = join(scratch, 'packages/my-http-client/src/bind-my-http-client.ts');
    // The suite says how this client sends: that is its author's to write, and no part of the package.
    rmSync(join(scratch, 'packages/my-http-client/src/conformance.test.ts'));
    for (const shape of [
      'type Client = { get(path: string): Promise<{ status: number }>; defaults: { baseUrl: string } };',
      'interface Client { send(request: { url: string }, done: (status: number) => void): void }',
      'class Client { #socket = 1; open(): number { return this.#socket; } }',
    ]) {
      const source = readFileSync(file, 'utf8');
      const type = `export ${shape.replace('Client', 'MyHttpClientClient')}\n\n`;
      writeFileSync(file, source.replace(/^export [\s\S]*?(?=^\/\*\*\n \* Returns)/m, type));
      expect(readFileSync(file, 'utf8')).toContain(type);
      expect(typeCheck('my-http-client')).toEqual({ status: 0, output: '' });
    }
  });

  it('passes its suite with the binding of the guide, in under 65 lines', () => {
    const code = bindingOfTheGuide();
    expect(code.trim().split('\n').length).toBeLessThan(65);
    writeFileSync(join(scratch, 'packages/demo/src/bind-demo.ts'), code);
    expect(typeCheck('demo')).toEqual({ status: 0, output: '' });
    expect(run(biome, 'check', 'packages/demo')).toMatchObject({ status: 0 });
    const { passed, failed, message } = playSuite('demo');
    expect({ failed, message }).toEqual({ failed: [], message: '' });
    expect(passed).toContain('demo sends the current token');
  });
});

it('leaves nothing in this repository', () => {
  expect(packageNames).not.toContain('demo');
  expect(existsSync(join(root, 'node_modules/@keyturn/demo'))).toBe(false);
});

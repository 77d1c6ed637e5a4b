import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Longer than a program waits itself; one that never comes to its own timer waits for ever. */
const patienceMs = 20_000;

/** A program of this folder, in a process of its own, which answers each line with a line. */
export class LineProgram implements Disposable {
  readonly #file: string;
  #child: ChildProcess;
  #answers: AsyncIterator<string>;

  private constructor(file: string) {
    this.#file = file;
    this.#child = run(file);
    this.#answers = linesOf(this.#child);
  }

  /** Starts `name`, made of the sources that the tests read, because Node 20 runs no TypeScript. */
  static async start(name: string): Promise<LineProgram> {
    const file = here(`../../.build/hostile/${name}-${process.pid}.mjs`);
    const bundler = await rolldown({
      input: here(`./${name}.ts`),
      platform: 'node',
      plugins: [leadToSources],
      external: (id) => /^[^./]/.test(id) && (readsDist || !id.startsWith('@keyturn/')),
    });
    await bundler.write({ file, format: 'esm' });
    await bundler.close();
    return new LineProgram(file);
  }

  /** Resolves with undefined where the question has ended the program, or has it turn in a circle: it is ended then. */
  async ask<Answer>(question: object): Promise<Answer | undefined> {
    const child = this.#child;
    child.stdin?.write(`${JSON.stringify(question)}\n`);
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    const { value, done } = await this.#answers.next();
    clearTimeout(timer);
    return done ? undefined : (JSON.parse(value) as Answer);
  }

  /** Starts anew, so that nothing is left of what was asked. */
  restart(): void {
    this.#child.kill('SIGKILL');
    this.#child = run(this.#file);
    this.#answers = linesOf(this.#child);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#file, { force: true });
  }
}

function run(file: string): ChildProcess {
  // What Node says when it is brought down is no use here.
  return spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'ignore'] });
}

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  return createInterface({ input: stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
}

/** Whether the tests read what would be published. */
const readsDist = process.env['TEST_TARGET'] === 'dist';

/** As the tests do. */
const leadToSources: Plugin = {
  name: 'sources',
  resolveId: (id) => {
    if (readsDist) return null;
    const [, name, entry = 'index'] = /^@keyturn\/([^/]+)(?:\/(.+))?$/.exec(id) ?? [];
    if (name === undefined) return null;
    const source = here(`../../packages/${name}/src/${entry}`);
    return existsSync(`${source}.ts`) ? `${source}.ts` : `${source}/index.ts`;
  },
};

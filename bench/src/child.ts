import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Question {
  readonly number: number;
  readonly name: string;
  readonly details: unknown;
}

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly problem?: string;
}

interface Waiter {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  /** For Node itself: `--expose-gc` … */
  readonly execArgv?: readonly string[];
}

/** A program of its own that answers questions: what it does costs the one that asks no time. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiter>();
  #asked = 0;

  /** @param program where it lies, seen from the caller: `new URL('./server-program.js', import.meta.url)` */
  constructor(program: URL, { args = [], execArgv = [] }: ChildOptions = {}) {
    this.#process = fork(fileURLToPath(program), [...args], {
      execArgv: [...execArgv],
      serialization: 'advanced',
    });
    this.#process.on('message', (answer: Answer) => this.#settle(answer));
    this.#process.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`"${program.pathname}" ended early (${signal ?? `code ${code}`}).`));
      }
      this.#waiting.clear();
    });
  }

  /** Resolves with what the handler of that name returns; rejects when it throws, or the program ends. */
  ask<Value>(name: string, details?: unknown): Promise<Value> {
    this.#asked += 1;
    const number = this.#asked;
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#process.send({ number, name, details } satisfies Question);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  #settle({ number, value, problem }: Answer): void {
    const waiter = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (problem === undefined) waiter?.resolve(value as never);
    else waiter?.reject(new Error(problem));
  }
}

export type Handlers = Readonly<Record<string, (details: never) => unknown>>;

/** The other end: answers each question with what its handler returns. Ends with the program that asks. */
export function answerQuestions(handlers: Handlers): void {
  process.on('message', async ({ number, name, details }: Question) => {
    try {
      const value = await handlers[name]?.(details as never);
      process.send?.({ number, value } satisfies Answer);
    } catch (error) {
      process.send?.({ number, problem: String(error) } satisfies Answer);
    }
  });
  process.once('disconnect', () => process.exit());
}

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
  readonly #program: URL;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiter>();
  #asked = 0;
  #end: Error | undefined;

  /** @param program where it lies, seen from the caller: `new URL('./server-program.js', import.meta.url)` */
  constructor(program: URL, { args = [], execArgv = [] }: ChildOptions = {}) {
    this.#program = program;
    this.#process = fork(fileURLToPath(program), [...args], {
      execArgv: [...execArgv],
      serialization: 'advanced',
    });
    this.#process.on('message', (answer: Answer) => this.#settle(answer));
    this.#process.once('exit', (code, signal) => this.#endWith(signal ?? `code ${code}`));
    // Without a listener, a program that cannot be started would take everything that has been measured with it.
    this.#process.on('error', ({ message }) => this.#endWith(message));
  }

  /** Resolves with what the handler of that name returns; rejects when it throws, or the program ends. */
  ask<Value>(name: string, details?: unknown): Promise<Value> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#asked += 1;
    const number = this.#asked;
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      // The channel closes a moment before the program has ended; its end, which says more, is the answer then.
      this.#process.send({ number, name, details } satisfies Question, () => {});
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  #endWith(how: string): void {
    this.#end ??= new Error(`"${this.#program.pathname}" ended early (${how}).`);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
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
      const handler = handlers[name];
      if (handler === undefined) throw new TypeError(`Nobody answers "${name}" here.`);
      const value = await handler(details as never);
      process.send?.({ number, value } satisfies Answer);
    } catch (error) {
      process.send?.({ number, problem: String(error) } satisfies Answer);
    }
  });
  process.once('disconnect', () => process.exit());
}

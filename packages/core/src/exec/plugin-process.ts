import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Clock, LoadContext } from '../contract.js';
import {
  CredentialError,
  type CredentialErrorCode,
  type CredentialErrorDetails,
} from '../errors.js';
import { oneLine } from '../printable.js';
import type { Reach, RunningPlugin } from './plugin-guard.js';
import { type StderrSink, stderrSink } from './stderr-sink.js';
import { StderrTail } from './stderr-tail.js';

/** One run of a plugin. */
export interface PluginRun {
  /** As configured: what the plugin sees as its own name, and what messages call it. */
  readonly command: string;
  /** The program to start, found beforehand; undefined when there is none of that name. */
  readonly file: string | undefined;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
  /** Whether the plugin gets standard input. */
  readonly interactive: boolean;
  /** What it reads there instead. */
  readonly input?: string | undefined;
  /**
   * Whether the plugin may ask a person, on a terminal or in a browser: a browser that it opens then outlives it.
   * Default: what `interactive` says.
   */
  readonly mayAsk?: boolean | undefined;
  /**
   * What becomes of the terminal that our process belongs to. `shared`: the plugin stays in our process group, where it
   * can open `/dev/tty` and Ctrl-C reaches it. `withheld`: it gets a session of its own. Default: there is none, or
   * `shared` where `interactive` says so.
   */
  readonly terminal?: 'shared' | 'withheld' | undefined;
  /** Milliseconds; undefined: as long as it takes. */
  readonly timeoutMs: number | undefined;
  readonly maxOutputBytes: number;
  /** Values that must not appear in an error. */
  readonly secrets: readonly string[];
  /** Called with what the plugin writes to stderr, as it comes, which then does not go on to ours. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** As in `LoadContext`. */
  readonly keepAlive?: LoadContext['keepAlive'];
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** What a plugin left behind that ended with exit code 0. */
export interface PluginOutput {
  readonly stdout: Uint8Array;
  /** The end of what it wrote to stderr, scrubbed of everything that looks like a secret. */
  readonly stderr: string;
}

/** What ends a run first. */
export type Ending = 'exit' | 'timeout' | 'abort' | 'limit';

// Between the exit of a plugin and the end of its output, when something it started holds the pipe open.
// Time as the system keeps it, not the injected clock: this is about pipes, not about credentials.
const drainMs = 100;

/** A plugin that runs: listens to its output and notices how it ends. */
export class PluginProcess implements RunningPlugin {
  readonly pid: number;
  readonly reach: Reach;
  readonly exited: Promise<void>;
  readonly #subprocess: ChildProcess;
  readonly #run: PluginRun;
  readonly #chunks: Buffer[] = [];
  readonly #sink: StderrSink;
  readonly #stderr: StderrTail = new StderrTail();
  readonly #release: (() => void) | undefined;
  #stdoutBytes = 0;
  #onLimit: () => void = () => {};

  constructor(subprocess: ChildProcess, run: PluginRun, reach: Reach) {
    this.#subprocess = subprocess;
    this.#run = run;
    this.#sink = stderrSink(run.onStderr);
    this.pid = subprocess.pid ?? 0;
    this.reach = reach;
    this.exited = new Promise((resolve) => subprocess.once('exit', () => resolve()));
    // A broken pipe is no news of its own: the exit says what happened.
    for (const emitter of [subprocess, ...subprocess.stdio]) emitter?.on('error', () => {});
    // It may well end without having read it.
    if (run.input !== undefined) subprocess.stdin?.end(run.input);
    subprocess.stdout?.on('data', (chunk: Buffer) => this.#collect(chunk));
    subprocess.stderr?.on('data', this.#sink.write);
    subprocess.stderr?.on('data', this.#remember);
    this.#release = run.keepAlive?.(this);
  }

  /** Keeps our process alive until the plugin has ended. */
  ref(): void {
    for (const handle of this.#handles()) handle?.ref?.();
  }

  /** Lets our process end while the plugin runs. */
  unref(): void {
    for (const handle of this.#handles()) handle?.unref?.();
  }

  hasExited(): boolean {
    return this.#subprocess.exitCode !== null || this.#subprocess.signalCode !== null;
  }

  /** Resolves with what ends the run first. */
  firstEnding(): Promise<Ending> {
    const { signal, clock, timeoutMs } = this.#run;
    return new Promise((resolve) => {
      let drain: NodeJS.Timeout | undefined;
      let cancelTimeout = (): void => {};
      const end = (ending: Ending): void => {
        cancelTimeout();
        clearTimeout(drain);
        signal.removeEventListener('abort', onAbort);
        resolve(ending);
      };
      const onAbort = (): void => end('abort');
      if (timeoutMs !== undefined) {
        // The plugin itself keeps our process alive while it has to.
        cancelTimeout = clock.schedule(timeoutMs, () => end('timeout'), { unref: true });
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.#onLimit = () => end('limit');
      this.#subprocess.once('exit', () => {
        cancelTimeout();
        drain = setTimeout(end, drainMs, 'exit');
      });
      this.#subprocess.once('close', () => end('exit'));
    });
  }

  /** Tells whether it may have ended by a signal that was sent to us as well: by the terminal, or by who ends us all. */
  mayHaveSharedSignal(): boolean {
    const { exitCode, signalCode } = this.#subprocess;
    return signalCode !== null || (this.reach === 'terminal' && exitCode !== 0);
  }

  /**
   * Returns the output of a plugin that ended well.
   * @throws {CredentialError} for every other ending.
   */
  judge(ending: Ending): PluginOutput {
    const { exitCode, signalCode } = this.#subprocess;
    if (ending !== 'exit') throw this.#fail(...this.#describeOwnDoing(ending));
    if (signalCode !== null) {
      const fact = `was ended by ${signalCode}, which Keyturn did not send.`;
      throw this.#fail('ERR_EXEC_SIGNAL', fact, { signal: signalCode });
    }
    if (exitCode !== 0 && exitCode !== null) {
      const fact = `failed with exit code ${exitCode}. Run it by hand to see why${this.#describeTerminal()}.`;
      throw this.#fail('ERR_EXEC_EXIT', fact, { exitCode });
    }
    const stdout = Buffer.concat(this.#chunks);
    return { stdout, stderr: this.#stderr.text(this.#run.secrets, stdout) };
  }

  /** Stops listening. A process that the plugin left behind lives on and cannot keep ours alive. */
  letGo(): void {
    const { stdin, stdout, stderr } = this.#subprocess;
    this.#release?.();
    stdin?.destroy();
    stdout?.destroy();
    // Closing stderr would end a background process with its next message; it may go on writing to ours.
    stderr?.off('data', this.#remember);
    this.#sink.end();
    this.unref();
    this.#chunks.length = 0;
  }

  // The input of a process on Bun is a stream that keeps nothing alive.
  #handles(): readonly ({ ref?(): unknown; unref?(): unknown } | null)[] {
    return [this.#subprocess, ...(this.#subprocess.stdio as (Socket | null)[])];
  }

  // By hand, in a terminal, it may well work.
  #describeTerminal(): string {
    return this.#run.terminal === 'withheld'
      ? '; here it had no terminal, because its "interactiveMode" is "Never"'
      : '';
  }

  #describeOwnDoing(ending: Exclude<Ending, 'exit'>): [code: CredentialErrorCode, fact: string] {
    const { timeoutMs, maxOutputBytes } = this.#run;
    switch (ending) {
      case 'abort':
        return ['ERR_EXEC_ABORTED', 'was ended because the manager closed.'];
      case 'timeout':
        return [
          'ERR_EXEC_TIMEOUT',
          `took longer than ${timeoutMs} ms and was ended. Raise "timeoutMs" if it needs that long.`,
        ];
      case 'limit':
        return [
          'ERR_EXEC_OUTPUT_LIMIT',
          `printed more than ${maxOutputBytes} bytes and was ended. A credential has a few thousand.`,
        ];
    }
  }

  #fail(
    code: CredentialErrorCode,
    fact: string,
    details: CredentialErrorDetails = {},
  ): CredentialError {
    const stderr = this.#stderr.text(this.#run.secrets, Buffer.concat(this.#chunks));
    const subject = `exec: executable ${oneLine(this.#run.command)}`;
    return new CredentialError(code, `${subject} ${fact}`, { stderr, ...details });
  }

  #collect(chunk: Buffer): void {
    this.#stdoutBytes += chunk.length;
    if (this.#stdoutBytes <= this.#run.maxOutputBytes) {
      this.#chunks.push(chunk);
      return;
    }
    this.#subprocess.stdout?.destroy();
    this.#onLimit();
  }

  readonly #remember = (chunk: Buffer): void => this.#stderr.add(chunk);
}

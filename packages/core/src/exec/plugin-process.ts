import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import type { Socket } from 'node:net';
import type { Clock } from '../contract.js';
import {
  CredentialError,
  type CredentialErrorCode,
  type CredentialErrorDetails,
} from '../errors.js';
import { oneLine } from '../printable.js';
import type { RunningProcess } from './process-group.js';
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
  /** Whether the plugin gets standard input. It then stays in our process group, where Ctrl-C reaches it. */
  readonly interactive: boolean;
  /** Milliseconds; undefined: as long as it takes. */
  readonly timeoutMs: number | undefined;
  readonly maxOutputBytes: number;
  /** Values that must not appear in an error. */
  readonly secrets: readonly string[];
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
export class PluginProcess implements RunningProcess {
  readonly pid: number;
  readonly ownsGroup: boolean;
  readonly #subprocess: ChildProcess;
  readonly #run: PluginRun;
  readonly #chunks: Buffer[] = [];
  readonly #stderr: StderrTail = new StderrTail();
  #stdoutBytes = 0;
  #onLimit: () => void = () => {};

  constructor(subprocess: ChildProcess, run: PluginRun, ownsGroup: boolean) {
    this.#subprocess = subprocess;
    this.#run = run;
    this.pid = subprocess.pid ?? 0;
    this.ownsGroup = ownsGroup;
    // A broken pipe is no news of its own: the exit says what happened.
    for (const emitter of [subprocess, subprocess.stdout, subprocess.stderr]) {
      emitter?.on('error', () => {});
    }
    subprocess.stdout?.on('data', (chunk: Buffer) => this.#collect(chunk));
    subprocess.stderr?.on('data', forward);
    subprocess.stderr?.on('data', this.#remember);
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
      if (timeoutMs !== undefined) cancelTimeout = clock.schedule(timeoutMs, () => end('timeout'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#onLimit = () => end('limit');
      this.#subprocess.once('exit', () => {
        cancelTimeout();
        drain = setTimeout(end, drainMs, 'exit');
      });
      this.#subprocess.once('close', () => end('exit'));
    });
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
      const fact = `failed with exit code ${exitCode}. Run it by hand to see why.`;
      throw this.#fail('ERR_EXEC_EXIT', fact, { exitCode });
    }
    const stdout = Buffer.concat(this.#chunks);
    return { stdout, stderr: this.#stderr.text(this.#run.secrets, stdout) };
  }

  /** Stops listening. A process that the plugin left behind lives on and cannot keep ours alive. */
  letGo(): void {
    const { stdout, stderr } = this.#subprocess;
    stdout?.destroy();
    // Closing stderr would end a background process with its next message; it may go on writing to ours.
    stderr?.off('data', this.#remember);
    (stderr as Socket | null)?.unref();
    this.#subprocess.unref();
    this.#chunks.length = 0;
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
          `printed more than ${maxOutputBytes} bytes and was ended. An ExecCredential has a few thousand.`,
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

/** Passes on to our own stderr what the plugin says, as if it had inherited it. */
function forward(chunk: Buffer): void {
  try {
    for (let written = 0; written < chunk.length; ) written += fs.writeSync(2, chunk, written);
  } catch {
    // Nobody listens to our stderr, or it is full. Not a reason to fail a request: the error carries the end of it.
  }
}

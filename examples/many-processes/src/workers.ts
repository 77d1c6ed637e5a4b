import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkerOrders, WorkerReport } from './worker.js';

export type WorkerState = 'starts' | 'runs' | 'killed' | 'stopped' | 'ended';

export interface Worker {
  readonly number: number;
  state: WorkerState;
  report: WorkerReport;
}

const nothing: WorkerReport = {
  ...{ served: 0, failed: 0, failure: undefined, replays: 0 },
  ...{ hits: 0, waits: 0, loads: 0, takeovers: 0, alone: 0, unsaved: 0, failures: 0 },
};

/** The processes, and what may be done to them. */
export class Workers {
  readonly all: readonly Worker[];
  readonly #children: readonly ChildProcess[];

  constructor(count: number, orders: WorkerOrders) {
    this.all = Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      state: 'starts',
      report: nothing,
    }));
    this.#children = this.all.map((worker) => start(worker, orders));
  }

  /** Resolves when each has asked something, or has ended before it could. */
  async ready(): Promise<void> {
    while (this.all.some(({ state }) => state === 'starts')) await pause(20);
  }

  /** Ends one that runs, at once and without a word to it. */
  kill(): Worker | undefined {
    return this.#toOne('killed', 'SIGKILL');
  }

  /** Stops one that runs, as a closed lid does, and wakes it after a while. */
  stop(forMs: number): Worker | undefined {
    const worker = this.#toOne('stopped', 'SIGSTOP');
    setTimeout(() => {
      if (worker?.state !== 'stopped') return;
      worker.state = 'runs';
      this.#childOf(worker)?.kill('SIGCONT');
    }, forMs);
    return worker;
  }

  /** Lets all finish what they do. */
  async end(): Promise<void> {
    const left = this.all.filter(({ state }) => state === 'runs' || state === 'stopped');
    await Promise.all(left.map((worker) => this.#end(worker)));
  }

  async #end(worker: Worker): Promise<void> {
    const child = this.#childOf(worker);
    if (child === undefined || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGCONT');
    child.send('end');
    await exit;
  }

  #toOne(state: WorkerState, signal: NodeJS.Signals): Worker | undefined {
    const running = this.all.filter((worker) => worker.state === 'runs');
    const worker = running[Math.floor(Math.random() * running.length)];
    if (worker === undefined) return undefined;
    worker.state = state;
    this.#childOf(worker)?.kill(signal);
    return worker;
  }

  #childOf({ number }: Worker): ChildProcess | undefined {
    return this.#children[number - 1];
  }
}

function start(worker: Worker, orders: WorkerOrders): ChildProcess {
  const program = fileURLToPath(new URL('worker.js', import.meta.url));
  const child = fork(program, [JSON.stringify(orders)]);
  child.on('message', (report) => {
    worker.report = report as WorkerReport;
    if (worker.state === 'starts') worker.state = 'runs';
  });
  child.on('exit', () => {
    if (worker.state !== 'killed') worker.state = 'ended';
  });
  return child;
}

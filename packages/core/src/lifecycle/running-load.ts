import type { AsyncLocalStorage } from 'node:async_hooks';
import { KeepAlive } from './keep-alive.js';

// Made with the first load, and switched off while none runs: on Node 20 it costs something on every promise of the
// program. What it holds says only which load a piece of code belongs to; nothing is shared through it (decision 0043).
let storage: AsyncLocalStorage<RunningLoad | undefined> | undefined;
let running = 0;

/**
 * One load from its start to its end, to notice that it would wait for itself.
 *
 * Everything that a source does inside its `load`, however many awaits, timers and callbacks further on, belongs to
 * that load until it has ended. A load that waits for another manager's remembers that one, so that a ring of managers is
 * noticed as well.
 */
export class RunningLoad {
  readonly keepAlive: KeepAlive = new KeepAlive();
  readonly #awaited: Map<RunningLoad, number> = new Map();
  #hasStarted = false;
  #hasEnded = false;

  /** The load that the running code is part of, if there is one and it has not ended. */
  static inside(): RunningLoad | undefined {
    if (running === 0) return undefined;
    const load = storage?.getStore();
    return load === undefined || load.#hasEnded ? undefined : load;
  }

  /** Starts the load: everything that `load` does is part of it. */
  run<Result>(load: () => Result): Result {
    const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
    storage ??= new AsyncLocalStorage();
    this.#hasStarted = true;
    running += 1;
    return storage.run(this, load);
  }

  /** Ends the load. What it has left behind, a timer for one, is nobody's from now on. Idempotent. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#awaited.clear();
    this.keepAlive.end();
    if (!this.#hasStarted) return;
    running -= 1;
    if (running === 0) storage?.disable();
  }

  /** Notes that this load waits for `other` until `wait` settles. */
  waitFor(other: RunningLoad, wait: Promise<unknown>): void {
    this.#awaited.set(other, (this.#awaited.get(other) ?? 0) + 1);
    const leave = (): void => {
      const left = (this.#awaited.get(other) ?? 0) - 1;
      if (left > 0) this.#awaited.set(other, left);
      else this.#awaited.delete(other);
    };
    wait.then(leave, leave);
  }

  /** Tells whether this load is `other`, or waits for it, directly or through further ones. */
  dependsOn(other: RunningLoad): boolean {
    if (this === other) return true;
    for (const awaited of this.#awaited.keys()) {
      if (awaited.dependsOn(other)) return true;
    }
    return false;
  }
}

/** Calls `f` as part of no load: what listeners and subscribers start is not what a load waits for. */
export function outsideLoads(f: () => void): void {
  if (RunningLoad.inside() === undefined) f();
  else storage?.run(undefined, f);
}

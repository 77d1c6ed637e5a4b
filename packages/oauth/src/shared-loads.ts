import { waitFor } from '@keyturn/core/binding';

interface SharedLoad<Result> {
  readonly promise: Promise<Result>;
  readonly abort: AbortController;
  waiting: number;
}

/** One load for all who present the same at the same time. It is ended when nobody waits for it any more. */
export class SharedLoads<Result> {
  readonly #loads: Map<string, SharedLoad<Result>> = new Map();

  async join(
    key: string,
    signal: AbortSignal,
    begin: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const load = this.#loads.get(key) ?? this.#begin(key, begin);
    load.waiting += 1;
    try {
      return await waitFor(load.promise, signal);
    } finally {
      load.waiting -= 1;
      if (load.waiting === 0) load.abort.abort();
    }
  }

  #begin(key: string, begin: (signal: AbortSignal) => Promise<Result>): SharedLoad<Result> {
    const abort = new AbortController();
    const end = (): void => {
      if (this.#loads.get(key) === load) this.#loads.delete(key);
    };
    const load = { promise: begin(abort.signal).finally(end), abort, waiting: 0 };
    this.#loads.set(key, load);
    // Nobody comes in once it is being ended.
    abort.signal.addEventListener('abort', end, { once: true });
    return load;
  }
}

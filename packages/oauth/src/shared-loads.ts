import type { LoadContext } from '@keyturn/core';
import { waitFor } from '@keyturn/core/binding';

/** What a load is told, and tells. */
export interface LoadControl {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Says that what is presented is on its way, from where on it may be used up. */
  readonly sent: () => void;
}

class SharedLoad<Result> implements LoadControl {
  readonly abort: AbortController = new AbortController();
  promise!: Promise<Result>;
  waiting = 0;
  isSent = false;
  readonly signal: AbortSignal = this.abort.signal;
  readonly sent = (): void => {
    this.isSent = true;
  };
}

/**
 * One load for all who present the same at the same time. It is ended when nobody waits for it any more. Who keeps what it gives waits
 * to the end once it has been sent: the answer holds what was put in the place of what is used up by then.
 */
export class SharedLoads<Result> {
  readonly #loads: Map<string, SharedLoad<Result>> = new Map();

  async join(
    key: string,
    { signal, isKept }: Pick<LoadContext, 'signal' | 'isKept'>,
    begin: (control: LoadControl) => Promise<Result>,
  ): Promise<Result> {
    const load = this.#loads.get(key) ?? this.#begin(key, begin);
    load.waiting += 1;
    try {
      return await waitFor(load.promise, signal);
    } catch (error) {
      if (isKept && load.isSent) return await load.promise;
      throw error;
    } finally {
      load.waiting -= 1;
      if (load.waiting === 0) load.abort.abort();
    }
  }

  #begin(key: string, begin: (control: LoadControl) => Promise<Result>): SharedLoad<Result> {
    const load = new SharedLoad<Result>();
    const end = (): void => {
      if (this.#loads.get(key) === load) this.#loads.delete(key);
    };
    load.promise = begin(load).finally(end);
    this.#loads.set(key, load);
    // Nobody comes in once it is being ended.
    load.signal.addEventListener('abort', end, { once: true });
    return load;
  }
}

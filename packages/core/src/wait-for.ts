import { onAbort } from './on-abort.js';

/**
 * Waits for `promise` until `signal` aborts, and then rejects with `signal.reason`. The promise itself goes on.
 *
 * A wait that is over leaves nothing behind. A reaction to `promise` for each would stay until that settles, and while a
 * login waits for a person, requests time out and are tried again for minutes.
 */
export function waitFor<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return roomOf(promise).wait(signal);
}

interface Wait<Result> {
  readonly promise: Promise<Result>;
  readonly leave: () => void;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/** Those who wait for one promise: one reaction to it for all of them, and one wait for all who bring the same signal. */
class WaitingRoom<Result> {
  readonly #waits: Map<AbortSignal, Wait<Result>> = new Map();

  constructor(promise: Promise<Result>) {
    promise.then(
      (result) => this.#close(({ resolve }) => resolve(result)),
      (error) => this.#close(({ reject }) => reject(error)),
    );
  }

  wait(signal: AbortSignal): Promise<Result> {
    const known = this.#waits.get(signal);
    if (known !== undefined) return known.promise;
    let resolve: Wait<Result>['resolve'] = () => {};
    let reject: Wait<Result>['reject'] = () => {};
    const promise = new Promise<Result>((succeed, fail) => {
      resolve = succeed;
      reject = fail;
    });
    const leave = onAbort(signal, () => {
      this.#waits.delete(signal);
      reject(signal.reason);
    });
    this.#waits.set(signal, { promise, leave, resolve, reject });
    return promise;
  }

  #close(settle: (wait: Wait<Result>) => void): void {
    for (const wait of this.#waits.values()) {
      wait.leave();
      settle(wait);
    }
    this.#waits.clear();
  }
}

const rooms: WeakMap<Promise<unknown>, WaitingRoom<unknown>> = new WeakMap();

function roomOf<Result>(promise: Promise<Result>): WaitingRoom<Result> {
  const known = rooms.get(promise) as WaitingRoom<Result> | undefined;
  if (known !== undefined) return known;
  const room = new WaitingRoom(promise);
  rooms.set(promise, room as WaitingRoom<unknown>);
  return room;
}

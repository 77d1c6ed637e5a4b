import { waitFor } from '@keyturn/core/binding';

/** Something that several requests wait for. It is given up when the last of them has left before its end. */
export class SharedWait<T> {
  readonly #controller = new AbortController();
  readonly #outcome: Promise<T>;
  #waiting = 0;

  /** @param begin is called at once, with a signal that gives it up */
  constructor(begin: (signal: AbortSignal) => Promise<T>) {
    this.#outcome = begin(this.#controller.signal);
  }

  /** Whether it has been given up, or everybody has had the outcome. */
  get isOver(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Waits for the outcome, or until `signal` aborts. */
  async join(signal: AbortSignal | undefined): Promise<T> {
    this.#waiting += 1;
    try {
      return await waitFor(this.#outcome, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#controller.abort();
    }
  }
}

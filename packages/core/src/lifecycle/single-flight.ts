/**
 * One running load that all callers share.
 *
 * The shared promise never causes an unhandled rejection, so that a load nobody waits for may fail in silence.
 */
export class SingleFlight<Result> {
  #flight: Promise<Result> | undefined;
  #fail: ((error: unknown) => void) | undefined;

  /** The running flight, if there is one. */
  get current(): Promise<Result> | undefined {
    return this.#flight;
  }

  /** Joins the running flight, or starts one with `run`. */
  join(run: () => Promise<Result>): Promise<Result> {
    if (this.#flight !== undefined) return this.#flight;
    const flight = new Promise<Result>((resolve, reject) => {
      this.#fail = reject;
      // In a turn of its own: the caller that happens to start a load is not held up by what the source does first.
      Promise.resolve().then(run).then(resolve, reject);
    }).finally(() => {
      this.#flight = undefined;
      this.#fail = undefined;
    });
    flight.catch(() => {});
    this.#flight = flight;
    return flight;
  }

  /** Wakes everyone who waits with `error`; what the running load still brings is nobody's. */
  abandon(error: unknown): void {
    this.#fail?.(error);
  }
}

import type { Abort, Controller } from './handler-shape.js';

/** What a caller steers its request with, whether that waits for a credential, is under way or is being replayed. */
export class ExchangeController implements Controller {
  #attempt: Controller | undefined;
  #onAbort: Abort | undefined;
  #isAborted = false;
  #reason: Error | null = null;

  set onAbort(listener: Abort) {
    this.#onAbort = listener;
  }

  /** undici's own controller of the attempt under way. */
  set attempt(attempt: Controller) {
    this.#attempt = attempt;
  }

  get aborted(): boolean {
    return this.#isAborted || this.#attempt?.aborted === true;
  }

  get reason(): Error | null {
    return this.#reason ?? this.#attempt?.reason ?? null;
  }

  get paused(): boolean {
    return this.#attempt?.paused === true;
  }

  get rawHeaders(): unknown {
    return this.#attempt?.rawHeaders ?? null;
  }

  get rawTrailers(): unknown {
    return this.#attempt?.rawTrailers ?? null;
  }

  abort(reason?: Error): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason ?? null;
    this.#onAbort?.(reason);
  }

  pause(): void {
    this.#attempt?.pause();
  }

  resume(): void {
    this.#attempt?.resume();
  }
}

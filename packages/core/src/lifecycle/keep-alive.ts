import type { KeepsAlive } from '../contract.js';
import { onAbort } from '../on-abort.js';

/**
 * What a load holds open keeps the process alive as long as somebody waits for the load, and no longer: a program whose
 * work is done ends, although a plugin still runs that its last caller has given up.
 */
export class KeepAlive {
  readonly #handles: Set<KeepsAlive> = new Set();
  /** The signals that end waits, each with what takes back that it is listened to. */
  readonly #signals: Map<AbortSignal, () => void> = new Map();
  /** Somebody waits who cannot leave. */
  #isAwaitedToItsEnd = false;
  #hasEnded = false;

  get #isAwaited(): boolean {
    return this.#isAwaitedToItsEnd || this.#signals.size > 0;
  }

  /** Takes in something that the load holds open; returns what takes it back. */
  readonly hold = (handle: KeepsAlive): (() => void) => {
    this.#handles.add(handle);
    if (!this.#isAwaited) handle.unref();
    return () => this.#handles.delete(handle);
  };

  /** Notes that somebody waits until `signal` aborts; without one, until the load has ended. */
  enter(signal: AbortSignal | undefined): void {
    if (this.#hasEnded || signal?.aborted) return;
    const wasAwaited = this.#isAwaited;
    if (signal === undefined) this.#isAwaitedToItsEnd = true;
    else if (!this.#signals.has(signal)) {
      this.#signals.set(
        signal,
        onAbort(signal, () => this.#leave(signal)),
      );
    }
    if (!wasAwaited) for (const handle of this.#handles) handle.ref();
  }

  /** The load has ended, or nobody waits for it any more because its manager has closed. */
  end(): void {
    this.#hasEnded = true;
    for (const ignore of this.#signals.values()) ignore();
    this.#signals.clear();
    this.#isAwaitedToItsEnd = false;
    this.#unrefAll();
  }

  #leave(signal: AbortSignal): void {
    this.#signals.delete(signal);
    if (!this.#isAwaited) this.#unrefAll();
  }

  #unrefAll(): void {
    for (const handle of this.#handles) handle.unref();
  }
}

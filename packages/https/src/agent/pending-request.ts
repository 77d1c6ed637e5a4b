import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import { failRequest } from './node-agent.js';

/**
 * A request that waits for a credential, before it has a socket.
 *
 * Node leaves such a request deaf: `destroy()`, an AbortSignal and the timeout act on its socket. While it waits they
 * are answered here.
 */
export class PendingRequest {
  readonly request: ClientRequest;
  readonly options: RequestOptions;
  readonly #destroy: ClientRequest['destroy'];
  readonly #setTimeout: ClientRequest['setTimeout'];
  #isWaiting = true;
  #timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs of the agent, for a request without a timeout of its own */
  constructor(request: ClientRequest, options: RequestOptions, timeoutMs: number | undefined) {
    this.request = request;
    this.options = options;
    const { destroy, setTimeout } = request;
    this.#destroy = (error) => {
      const wasWaiting = this.release();
      destroy.call(request, error);
      if (wasWaiting) failRequest(request);
      return request;
    };
    this.#setTimeout = (delayMs, callback) => {
      if (this.#isWaiting) this.#arm(delayMs);
      return setTimeout.call(request, delayMs, callback);
    };
    request.destroy = this.#destroy;
    request.setTimeout = this.#setTimeout;
    this.#arm(timeoutOf(request) ?? timeoutMs);
  }

  /** Ends the wait and gives the request back to Node. False when it has ended before. */
  release(): boolean {
    if (!this.#isWaiting) return false;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    // Where somebody has wrapped our method meanwhile it stays, and does what Node's own does.
    const own = this.request as Partial<Pick<ClientRequest, 'destroy' | 'setTimeout'>>;
    if (own.destroy === this.#destroy) delete own.destroy;
    if (own.setTimeout === this.#setTimeout) delete own.setTimeout;
    return true;
  }

  /** Fails a request that still waits. */
  fail(error: unknown): void {
    if (this.release()) failRequest(this.request, error);
  }

  /** As on a socket: the event is all that happens, and the caller decides. */
  #arm(delayMs: number | undefined): void {
    clearTimeout(this.#timer);
    this.#timer =
      delayMs === undefined || delayMs === 0
        ? undefined
        : setTimeout(() => this.request.emit('timeout'), delayMs);
  }
}

/** The `timeout` option, which Node keeps on the request. */
function timeoutOf(request: ClientRequest): number | undefined {
  return (request as { readonly timeout?: number }).timeout;
}

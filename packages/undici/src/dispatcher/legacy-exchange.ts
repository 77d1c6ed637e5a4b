import type { Duplex } from 'node:stream';
import { Exchange, type ExchangeKind, type ExchangeRoute } from './exchange.js';
import type { Abort, LegacyHandler, RawHeaders } from './handler-shape.js';
import type { RequestSnapshot } from './request-snapshot.js';

/** An exchange for handlers of the old kind: of undici 7's own API, and of the built-in fetch of Node up to 24. */
export class LegacyExchange extends Exchange implements LegacyHandler {
  readonly #handler: LegacyHandler;

  constructor(
    route: ExchangeRoute,
    options: RequestSnapshot,
    handler: LegacyHandler,
    kind: ExchangeKind,
  ) {
    super(route, options, kind);
    this.#handler = handler;
  }

  onConnect(abort: Abort, context?: unknown): void {
    this.onStart(abort, context);
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onHeaders(
    statusCode: number,
    rawHeaders: RawHeaders,
    resume: () => void,
    statusText?: string,
  ): boolean | undefined {
    if (!this.onHead(statusCode, rawHeaders)) {
      return this.#handler.onHeaders?.(statusCode, rawHeaders, resume, statusText);
    }
    this.keep(() => this.#handler.onHeaders?.(statusCode, rawHeaders, resume, statusText));
    return true;
  }

  onData(chunk: Buffer): boolean | undefined {
    if (this.isPassing) return this.#handler.onData?.(chunk);
    this.keepData(chunk, () => this.#handler.onData?.(chunk));
    return true;
  }

  onComplete(rawTrailers: RawHeaders): void {
    if (this.isPassing) this.#complete(rawTrailers);
    else this.keep(() => this.#complete(rawTrailers));
  }

  onUpgrade(statusCode: number, rawHeaders: RawHeaders, socket: Duplex): unknown {
    this.onDone();
    return this.#handler.onUpgrade?.(statusCode, rawHeaders, socket);
  }

  onError(error: Error): void {
    this.onFailure(error);
  }

  onBodySent(chunk: unknown): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  protected override start(context?: unknown): void {
    this.#handler.onConnect?.((reason) => this.abort(reason), context);
  }

  protected override end(error: Error): void {
    this.#handler.onError?.(error);
  }

  protected override again(
    route: ExchangeRoute,
    options: RequestSnapshot,
    kind: ExchangeKind,
  ): Exchange {
    return new LegacyExchange(route, options, this.#handler, kind);
  }

  #complete(rawTrailers: RawHeaders): void {
    this.onDone();
    this.#handler.onComplete?.(rawTrailers);
  }
}

import type { Duplex } from 'node:stream';
import { forOutside } from './cached-answers.js';
import { Exchange, type ExchangeKind, type ExchangeRoute } from './exchange.js';
import { ExchangeController } from './exchange-controller.js';
import type { Controller, HeaderRecord, ModernHandler } from './handler-shape.js';
import type { RequestSnapshot } from './request-snapshot.js';

/** An exchange for handlers of the present kind: of undici 8, of interceptors, and of the built-in fetch of Node 26. */
export class ModernExchange extends Exchange implements ModernHandler {
  readonly #handler: ModernHandler;
  /** The caller's; the same for an attempt and those that take its place. */
  readonly #controller: ExchangeController;

  constructor(
    route: ExchangeRoute,
    options: RequestSnapshot,
    handler: ModernHandler,
    kind: ExchangeKind,
    controller?: ExchangeController,
  ) {
    super(route, options, kind);
    this.#handler = handler;
    this.#controller = controller ?? new ExchangeController();
    // What takes its place is told by the first.
    if (controller === undefined) this.#controller.onAbort = (reason) => this.abort(reason);
  }

  onRequestStart(controller: Controller, context?: unknown): void {
    this.#controller.attempt = controller;
    this.onStart((reason) => controller.abort(reason), context);
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onResponseStart(
    _controller: Controller,
    statusCode: number,
    headers: HeaderRecord,
    statusText?: string,
  ): void {
    const answered = this.isAuthenticated ? forOutside(headers) : headers;
    const deliver = (): void => {
      this.#handler.onResponseStart?.(this.#controller, statusCode, answered, statusText);
    };
    if (this.onHead(statusCode, headers)) this.keep(deliver);
    else deliver();
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.isPassing) this.#handler.onResponseData?.(this.#controller, chunk);
    else this.keepData(chunk, () => this.#handler.onResponseData?.(this.#controller, chunk));
  }

  onResponseEnd(_controller: Controller, trailers: HeaderRecord): void {
    if (this.isPassing) this.#complete(trailers);
    else this.keep(() => this.#complete(trailers));
  }

  onRequestUpgrade(
    _controller: Controller,
    statusCode: number,
    headers: HeaderRecord,
    socket: Duplex,
  ): unknown {
    this.onDone();
    return this.#handler.onRequestUpgrade?.(this.#controller, statusCode, headers, socket);
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    this.onFailure(error);
  }

  onBodySent(chunk: unknown): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  protected override start(context?: unknown): void {
    this.#handler.onRequestStart(this.#controller, context);
  }

  protected override end(error: Error): void {
    this.#handler.onResponseError?.(this.#controller, error);
  }

  protected override again(
    route: ExchangeRoute,
    options: RequestSnapshot,
    kind: ExchangeKind,
  ): Exchange {
    return new ModernExchange(route, options, this.#handler, kind, this.#controller);
  }

  #complete(trailers: HeaderRecord): void {
    this.onDone();
    this.#handler.onResponseEnd?.(this.#controller, trailers);
  }
}

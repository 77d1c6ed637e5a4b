import type { Duplex } from 'node:stream';
import { shadowInherited } from '@keyturn/core/binding';
import type {
  Controller,
  DispatchOptions,
  HeaderRecord,
  LegacyHandler,
  ModernHandler,
  RawHeaders,
} from './handler-shape.js';
import { toRawHeaders } from './response-headers.js';

/**
 * Lets undici 8 serve a handler of the old kind, such as the built-in fetch of Node 24 brings.
 * undici 7 takes both kinds, and what it takes is never converted.
 */
export class LegacyBridge implements ModernHandler {
  readonly #handler: LegacyHandler;

  constructor(handler: LegacyHandler) {
    this.#handler = handler;
  }

  onRequestStart(controller: Controller, context?: unknown): void {
    this.#handler.onConnect?.((reason) => controller.abort(reason), context);
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onResponseStart(
    controller: Controller,
    statusCode: number,
    headers: HeaderRecord,
    statusText?: string,
  ): void {
    const raw = rawOf(controller.rawHeaders, headers);
    const resume = (): void => controller.resume();
    if (this.#handler.onHeaders?.(statusCode, raw, resume, statusText) === false)
      controller.pause();
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#handler.onData?.(chunk) === false) controller.pause();
  }

  onResponseEnd(controller: Controller, trailers: HeaderRecord): void {
    this.#handler.onComplete?.(rawOf(controller.rawTrailers, trailers));
  }

  onRequestUpgrade(
    controller: Controller,
    statusCode: number,
    headers: HeaderRecord,
    socket: Duplex,
  ): void {
    this.#handler.onUpgrade?.(statusCode, rawOf(controller.rawHeaders, headers), socket);
  }

  onResponseError(_controller: Controller | undefined, error: Error): void {
    this.#handler.onError?.(error);
  }

  onBodySent(chunk: unknown): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }
}

/** Handlers of the old kind know nothing of HTTP/2, as undici's own `Dispatcher1Wrapper` has it. */
export function overHttp1(options: DispatchOptions): DispatchOptions {
  // undici 8 refuses what it reads there, a dispatcher for one, and a copy inherits anew.
  return shadowInherited({ ...options, allowH2: false });
}

function rawOf(raw: unknown, parsed: HeaderRecord | undefined): RawHeaders {
  return Array.isArray(raw) ? raw : toRawHeaders(parsed ?? {});
}

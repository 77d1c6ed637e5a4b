/**
 * The parts of undici's dispatching that this binding touches, declared here so that every minor version of undici 7
 * and 8 compiles against it.
 */
import type { Duplex } from 'node:stream';

/** What a request is dispatched with. */
export interface DispatchOptions {
  readonly origin?: string | URL | undefined;
  readonly path?: unknown;
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
  /** False keeps one request to HTTP/1.1. */
  readonly allowH2?: boolean | undefined;
  /** For an interceptor that follows redirects; 0 has it hand them over. */
  readonly maxRedirections?: unknown;
}

/** Headers as the parser reads them: name, value, name, value … A name that repeats may have an array of values. */
export type RawHeaders = readonly (Buffer | string | readonly (Buffer | string)[])[];

/** Headers by their names in lower case. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Abort = (reason?: Error) => void;

/** A handler of undici 6 and before, and of the built-in fetch of Node up to 24. */
export interface LegacyHandler {
  onConnect?(abort: Abort, context?: unknown): void;
  onResponseStarted?(): void;
  onHeaders?(
    statusCode: number,
    rawHeaders: RawHeaders,
    resume: () => void,
    statusText?: string,
  ): boolean | undefined;
  onData?(chunk: Buffer): boolean | undefined;
  onComplete?(rawTrailers: RawHeaders): void;
  onUpgrade?(statusCode: number, rawHeaders: RawHeaders, socket: Duplex): unknown;
  onError?(error: Error): void;
  onBodySent?(chunk: unknown): void;
  onRequestSent?(): void;
}

/** What a handler of the present kind steers its request with. */
export interface Controller {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason?: Error | null;
  readonly rawHeaders?: unknown;
  readonly rawTrailers?: unknown;
  abort(reason?: Error): void;
  pause(): void;
  resume(): void;
}

/** A handler of the present kind; undici 8 takes no other. */
export interface ModernHandler {
  onRequestStart(controller: Controller, context?: unknown): void;
  onResponseStarted?(): void;
  onResponseStart?(
    controller: Controller,
    statusCode: number,
    headers: HeaderRecord,
    statusText?: string,
  ): void;
  onResponseData?(controller: Controller, chunk: Buffer): void;
  onResponseEnd?(controller: Controller, trailers: HeaderRecord): void;
  onRequestUpgrade?(
    controller: Controller,
    statusCode: number,
    headers: HeaderRecord,
    socket: Duplex,
  ): unknown;
  onResponseError?(controller: Controller | undefined, error: Error): void;
  onBodySent?(chunk: unknown): void;
  onRequestSent?(): void;
}

export type Handler = LegacyHandler | ModernHandler;

export function isModern(handler: Handler): handler is ModernHandler {
  return typeof (handler as ModernHandler).onRequestStart === 'function';
}

/** What can carry requests: an Agent, a ProxyAgent, a MockAgent … of whatever copy of undici. */
export interface DispatcherLike {
  // `never`, so that any version's own types fit.
  dispatch(options: never, handler: never): boolean;
  close(): Promise<void>;
  destroy(error?: Error | null): Promise<void>;
}

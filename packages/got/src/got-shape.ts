/**
 * The parts of got that this binding touches, declared here so that got 14, 15 and 16 compile against it.
 */
import type { ClientSessionRequestOptions, OutgoingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';

/** What `bindGot` needs of a client: `got` itself and everything that `got.extend()` returns have it. */
export interface GotLike {
  readonly defaults: {
    readonly options: {
      readonly prefixUrl: string | URL;
      readonly agent: { readonly http?: unknown; readonly https?: unknown };
    };
  };
  // `never`, so that any version's own option types fit; `bindGot` knows what it passes.
  extend(...options: never[]): unknown;
}

export type BeforeRequestHook = (options: GotOptions) => void | Promise<void>;
export type AfterResponseHook = (
  response: GotResponse,
  retry: (options: object) => never,
) => GotResponse | Promise<GotResponse>;
export type BeforeErrorHook = (error: GotError) => Error | Promise<Error>;
export type CalculateDelay = (attempt: RetryAttempt) => number | Promise<number>;

/** The normalized options of one request; hooks and handlers may change them. */
export interface GotOptions {
  readonly url?: string | URL | undefined;
  readonly method?: string | undefined;
  readonly headers: Record<string, unknown>;
  readonly context: Record<PropertyKey, unknown>;
  readonly hooks: {
    beforeRequest: readonly BeforeRequestHook[];
    afterResponse: readonly AfterResponseHook[];
    beforeError: readonly BeforeErrorHook[];
  };
  readonly retry: { calculateDelay: CalculateDelay; enforceRetryRules?: boolean };
  readonly agent: { http?: unknown; https?: unknown; readonly http2?: unknown };
  readonly http2?: boolean | undefined;
  readonly h2session?: unknown;
  readonly createConnection?: unknown;
  /** What keeps answers: a Map, a Keyv or the like. */
  cache?: unknown;
  readonly cacheOptions?: { readonly shared?: boolean | undefined } | undefined;
  request?: RequestFunction | undefined;
  /** Returns `request`, or got's own function for the URL. */
  getRequestFunction(): unknown;
  /** Returns what that function is called with. */
  createNativeRequestOptions(): NativeOptions;
  /** Milliseconds. */
  readonly timeout: { readonly [phase in TimeoutPhase]?: number | undefined };
  readonly signal?: AbortSignal | undefined;
  readonly isStream?: boolean | undefined;
  /** Whether a GET may have a body. */
  readonly allowGetBody?: boolean | undefined;
  body?: unknown;
}

export type TimeoutPhase = 'lookup' | 'connect' | 'secureConnect' | 'request';

/** What node:https would take, and some more for HTTP/2. */
export interface NativeOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string | undefined;
  readonly socketPath?: string | undefined;
  readonly ALPNProtocols?: string[];
  readonly timeout?: number;
  /** All three agents where HTTP/2 is asked for; to a `request` function got 16 gives the one for HTTP/1.1. */
  readonly agent?: { readonly http2?: unknown; readonly https?: unknown } | undefined;
  /** The name for TLS. */
  readonly servername?: string | undefined;
  /** What got asks of a session, 14 and 15 a little more than 16. */
  readonly h2session?: {
    readonly destroyed: boolean;
    readonly socket: { readonly encrypted: boolean };
    request(headers: OutgoingHttpHeaders, options?: ClientSessionRequestOptions): Duplex;
  };
  /** Asked by http2-wrapper, which would find out as nobody otherwise. */
  readonly resolveProtocol?: (
    options: NativeOptions,
  ) => Promise<{ readonly alpnProtocol: string | false }>;
}

/** Takes URL and options, or from a cache options and a callback. */
export type RequestFunction = (input: URL | NativeOptions, more?: unknown) => unknown;

export interface GotResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly request: { readonly options: GotOptions };
  /** The request of node:http. */
  readonly req?: unknown;
}

export interface GotError extends Error {
  readonly code: string;
  readonly options?: GotOptions | undefined;
  readonly request?: object | undefined;
  readonly response?: GotResponse | undefined;
}

export interface RetryAttempt {
  readonly error: GotError;
  /** Milliseconds by got's own rules; 0 for no retry. */
  readonly computedValue: number;
}

/** What a request is for who called: a promise, or a stream. */
export interface GotStream {
  readonly options: GotOptions;
  on(event: 'request', listener: (request: unknown) => void): unknown;
  on(event: 'response', listener: (response: GotResponse) => void): unknown;
}

export type GotHandler = (
  // got 14 has none when they could not be made; the request then fails by itself.
  options: GotOptions | undefined,
  next: (options: GotOptions | undefined) => unknown,
) => unknown;

/**
 * The parts of got that this binding touches, declared here so that got 14, 15 and 16 compile against it.
 */

/** What `bindGot` needs of a client: `got` itself and everything that `got.extend()` returns have it. */
export interface GotLike {
  readonly defaults: {
    readonly options: {
      readonly prefixUrl: string | URL;
      readonly agent: { readonly https?: unknown };
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
  readonly headers: Record<string, unknown>;
  readonly context: Record<PropertyKey, unknown>;
  readonly hooks: {
    beforeRequest: readonly BeforeRequestHook[];
    afterResponse: readonly AfterResponseHook[];
    beforeError: readonly BeforeErrorHook[];
  };
  readonly retry: { calculateDelay: CalculateDelay; enforceRetryRules?: boolean };
  readonly agent: { https?: unknown };
  readonly timeout: { readonly request?: number | undefined };
  readonly signal?: AbortSignal | undefined;
  readonly isStream?: boolean | undefined;
  body?: unknown;
}

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
  on(event: 'request', listener: (request: unknown) => void): unknown;
  on(event: 'response', listener: (response: GotResponse) => void): unknown;
}

export type GotHandler = (
  // got 14 has none when they could not be made; the request then fails by itself.
  options: GotOptions | undefined,
  next: (options: GotOptions | undefined) => unknown,
) => unknown;

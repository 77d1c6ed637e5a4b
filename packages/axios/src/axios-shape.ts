/**
 * The parts of axios that this binding touches, declared here so that every minor version of axios 1 compiles
 * against it.
 */

/** What `bindAxios` needs of a client: `axios` itself and everything that `axios.create()` returns have it. */
export interface AxiosLike {
  readonly defaults: { readonly baseURL?: string | undefined; readonly httpsAgent?: unknown };
  readonly interceptors: {
    readonly request: {
      // Every function takes `never`, so any version's own types fit; `bindAxios` knows what it passes.
      use(...handlers: never[]): number;
      eject(id: number): void;
    };
  };
}

/** Headers of a request or an answer, an AxiosHeaders of whatever copy of axios. */
export interface HeaderBag {
  has(name: string): boolean;
  get(name: string): unknown;
}

/** Options of the next hop of a redirect, as follow-redirects makes them. */
export interface RedirectOptions {
  readonly href?: string;
  readonly headers?: Record<string, unknown>;
  /** Stays from hop to hop, whatever the host. */
  readonly socketPath?: unknown;
  /** The one of the next hop is taken from here, by its protocol. */
  agents?: { readonly http?: unknown; readonly https?: unknown };
}

type BeforeRedirect = (options: RedirectOptions, ...details: readonly unknown[]) => void;

/** What aborts a request: an AbortSignal, or something that only looks like one. */
export interface SignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener?(type: 'abort', listener: () => void): void;
  removeEventListener?(type: 'abort', listener: () => void): void;
}

export interface CancelTokenLike {
  readonly reason?: unknown;
  subscribe(listener: (reason: unknown) => void): void;
  unsubscribe(listener: (reason: unknown) => void): void;
}

/** The configuration of one request as an adapter gets it. */
export interface RequestConfig {
  readonly url?: string | undefined;
  readonly baseURL?: string | undefined;
  readonly allowAbsoluteUrls?: boolean | undefined;
  readonly method?: string | undefined;
  readonly headers: HeaderBag;
  readonly data?: unknown;
  readonly auth?: unknown;
  readonly adapter?: unknown;
  readonly httpAgent?: unknown;
  readonly httpsAgent?: unknown;
  readonly socketPath?: unknown;
  readonly responseType?: unknown;
  readonly env?: { readonly fetch?: unknown } | undefined;
  readonly fetchOptions?:
    | { readonly dispatcher?: unknown; readonly redirect?: unknown }
    | undefined;
  readonly httpVersion?: unknown;
  readonly http2Options?: object | undefined;
  /** What makes the requests, in place of node:http and node:https. */
  readonly transport?: unknown;
  readonly proxy?: unknown;
  readonly signal?: SignalLike | undefined;
  readonly cancelToken?: CancelTokenLike | undefined;
  readonly timeout?: number | string | undefined;
  readonly timeoutErrorMessage?: string | undefined;
  readonly transitional?: { readonly clarifyTimeoutError?: boolean } | undefined;
  readonly beforeRedirect?: BeforeRedirect | undefined;
}

/** What an adapter resolves with. */
export interface AdapterResponse {
  readonly status: number;
  readonly headers?: unknown;
  readonly data?: unknown;
}

export type Adapter = (config: RequestConfig) => Promise<AdapterResponse>;

/** What the interceptors of a client let through. */
export type RequestInterceptor = (config: RequestConfig) => RequestConfig;

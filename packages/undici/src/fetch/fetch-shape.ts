/**
 * The parts of fetch that this binding touches, declared here so that the global one and those of undici fit, whatever
 * their version.
 */

/** What `bindFetch` needs of a client: the global `fetch` and that of undici have it, and functions around them. */
export type FetchLike = (...request: never[]) => Promise<FetchResponse>;

export interface FetchResponse {
  readonly status: number;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Iterable<[string, string]>;
  readonly body: unknown;
}

/** A Request of whatever copy of undici. */
export interface FetchRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers: Iterable<[string, string]>;
  readonly signal?: AbortSignal | null | undefined;
  readonly body?: unknown;
  readonly bodyUsed: boolean;
  readonly redirect?: unknown;
  clone(): FetchRequest;
}

/** The options of one call, as far as they matter here. */
export interface FetchInit {
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly signal?: AbortSignal | null | undefined;
  readonly dispatcher?: unknown;
  readonly redirect?: unknown;
}

export type FetchInput = string | URL | FetchRequest;

/** `fetch` as this package calls it. */
export type SendFetch = (input: FetchInput, init?: FetchInit) => Promise<FetchResponse>;

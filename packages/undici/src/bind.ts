/** The binding alone, for programs that count milliseconds of start-up: the index loads a container for its module maker. */
export { type BindFetchOptions, bindFetch } from './bind-fetch.js';
export type { Interceptor } from './composed-dispatch.js';
export { CredentialDispatcher, type CredentialDispatcherOptions } from './credential-dispatcher.js';
export type { FetchLike, FetchResponse } from './fetch-shape.js';
export type { DispatcherLike } from './handler-shape.js';
export type { InnerTls } from './inner-tls.js';

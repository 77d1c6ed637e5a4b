export type { Interceptor } from './dispatcher/composed-dispatch.js';
export {
  CredentialDispatcher,
  type CredentialDispatcherOptions,
} from './dispatcher/credential-dispatcher.js';
export type { DispatcherLike } from './dispatcher/handler-shape.js';
export type { InnerTls } from './dispatcher/inner-tls.js';
export { type BindFetchOptions, bindFetch } from './fetch/bind-fetch.js';
export type { FetchLike, FetchResponse } from './fetch/fetch-shape.js';
export { type FetchModuleOptions, fetchClientToken, fetchModule } from './module.js';

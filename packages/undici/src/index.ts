export {
  type BindFetchOptions,
  bindFetch,
  CredentialDispatcher,
  type CredentialDispatcherOptions,
  type DispatcherLike,
  type FetchLike,
  type FetchResponse,
  type InnerTls,
  type Interceptor,
} from './bind.js';
export { type FetchModuleOptions, fetchClientToken, fetchModule } from './module.js';

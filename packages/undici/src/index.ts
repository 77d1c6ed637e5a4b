export {
  type BindFetchOptions,
  bindFetch,
  CredentialDispatcher,
  type CredentialDispatcherOptions,
  type DispatcherLike,
  type FetchLike,
  type FetchResponse,
  type InnerTls,
} from './bind.js';
export { type FetchModuleOptions, fetchClientToken, fetchModule } from './module.js';

import { type CredentialManager, snapshot } from '@keyturn/core/binding';
import {
  bindingModule,
  type ClientModuleOptions,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import { type BindFetchOptions, bindFetch } from './fetch/bind-fetch.js';
import type { FetchLike } from './fetch/fetch-shape.js';

export interface FetchModuleOptions extends BindFetchOptions, ClientModuleOptions {
  /** The fetch to bind. Default: the global one, as it is when the client is first asked for. */
  readonly fetch?: FetchLike | undefined;
}

/** Returns the token under which `fetchModule` binds its client; with a fetch of your own, `fetchClientToken<…>()`. */
export function fetchClientToken<Client extends FetchLike = typeof globalThis.fetch>(
  name?: string,
): ServiceIdentifier<Client> {
  return clientToken('fetch', name);
}

/**
 * Returns a module that binds an authenticated fetch, for an application with a container of its own.
 * It takes the manager from the `credentialModule` of the same `credential`, or the one that you bound.
 */
export function fetchModule(options: FetchModuleOptions): ContainerModule {
  const { name, credential, fetch, ...bindOptions } = snapshot(options);
  return bindingModule<FetchLike>(
    fetchClientToken<FetchLike>(name),
    (client, manager: CredentialManager) => bindFetch(client, manager, bindOptions),
    () => fetch ?? globalThis.fetch,
    credential,
  );
}

import { type CredentialManager, snapshot } from '@keyturn/core/binding';
import {
  bindingModule,
  type ClientModuleOptions,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import { type BindHttpsOptions, bindHttps } from './client/bind-https.js';
import type { HttpsClient } from './client/https-client.js';

export interface HttpsModuleOptions extends BindHttpsOptions, ClientModuleOptions {}

/** Returns the token under which `httpsModule` binds its client. */
export function httpsClientToken(name?: string): ServiceIdentifier<HttpsClient> {
  return clientToken('https', name);
}

/**
 * Returns a module that binds an authenticated client, for an application with a container of its own.
 * It takes the manager from the `credentialModule` of the same `credential`, or the one that you bound.
 */
export function httpsModule(given: HttpsModuleOptions): ContainerModule {
  const { name, credential, ...options } = snapshot(given);
  return bindingModule(
    httpsClientToken(name),
    (_: undefined, manager: CredentialManager) => bindHttps(manager, options),
    () => undefined,
    credential,
  );
}

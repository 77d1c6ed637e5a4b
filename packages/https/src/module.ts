import type { CredentialManager } from '@keyturn/core/binding';
import {
  bindingModule,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import { type BindHttpsOptions, bindHttps } from './client/bind-https.js';
import type { HttpsClient } from './client/https-client.js';

export interface HttpsModuleOptions extends BindHttpsOptions {
  /** Tells several clients of one container apart. Default `default`. */
  readonly name?: string | undefined;
}

/** Returns the token under which `httpsModule` binds its client. */
export function httpsClientToken(name?: string): ServiceIdentifier<HttpsClient> {
  return clientToken('https', name);
}

/**
 * Returns a module that binds an authenticated client, for an application with a container of its own.
 * It takes the manager under `tokens.manager`, from `credentialModule` or from yours.
 */
export function httpsModule({ name, ...options }: HttpsModuleOptions): ContainerModule {
  return bindingModule(
    httpsClientToken(name),
    (_: undefined, manager: CredentialManager) => bindHttps(manager, options),
    () => undefined,
  );
}

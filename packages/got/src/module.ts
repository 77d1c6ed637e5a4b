import { type BindOptions, type CredentialManager, snapshot } from '@keyturn/core/binding';
import {
  bindingModule,
  type ClientModuleOptions,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import got from 'got';
import { bindGot } from './bind-got.js';
import type { GotLike } from './got-shape.js';

export interface GotModuleOptions extends BindOptions, ClientModuleOptions {
  readonly prefixUrl?: string | undefined;
  /** What else the client is made with: whatever `got.extend()` takes. */
  readonly defaults?: object | undefined;
}

/** Returns the token under which `gotModule` binds its client; `gotClientToken<Got>()` in your program. */
export function gotClientToken<Client extends GotLike = GotLike>(
  name?: string,
): ServiceIdentifier<Client> {
  return clientToken('got', name);
}

/**
 * Returns a module that binds an authenticated got client, for an application with a container of its own.
 * It takes the manager from the `credentialModule` of the same `credential`, or the one that you bound.
 */
export function gotModule(options: GotModuleOptions): ContainerModule {
  const { name, credential, prefixUrl, defaults, ...bindOptions } = snapshot(options);
  return bindingModule<GotLike>(
    gotClientToken(name),
    (client, manager: CredentialManager) => bindGot(client, manager, bindOptions),
    () => got.extend({ ...defaults, ...(prefixUrl !== undefined && { prefixUrl }) }),
    credential,
  );
}

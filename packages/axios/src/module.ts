import { type BindOptions, type CredentialManager, snapshot } from '@keyturn/core/binding';
import {
  bindingModule,
  type ClientModuleOptions,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import axios from 'axios';
import type { AxiosLike } from './axios-shape.js';
import { bindAxios } from './bind-axios.js';

export interface AxiosModuleOptions extends BindOptions, ClientModuleOptions {
  readonly baseURL?: string | undefined;
  /** What else the client is made with: whatever `axios.create()` takes. */
  readonly defaults?: object | undefined;
}

/** Returns the token under which `axiosModule` binds its client; `axiosClientToken<AxiosInstance>()` in your program. */
export function axiosClientToken<Client extends AxiosLike = AxiosLike>(
  name?: string,
): ServiceIdentifier<Client> {
  return clientToken('axios', name);
}

/**
 * Returns a module that binds an authenticated axios client, for an application with a container of its own.
 * It takes the manager from the `credentialModule` of the same `credential`, or the one that you bound.
 */
export function axiosModule(options: AxiosModuleOptions): ContainerModule {
  const { name, credential, baseURL, defaults, ...bindOptions } = snapshot(options);
  return bindingModule<AxiosLike>(
    axiosClientToken(name),
    (client, manager: CredentialManager) => bindAxios(client, manager, bindOptions),
    () => axios.create({ ...defaults, ...(baseURL !== undefined && { baseURL }) }),
    credential,
  );
}

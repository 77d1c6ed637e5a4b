import type { BindOptions, CredentialManager } from '@keyturn/core/binding';
import {
  bindingModule,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import { bindSample, type SampleClient } from './bind-sample.js';

export interface SampleModuleOptions extends BindOptions {
  /** Tells several clients of one container apart. Default `default`. */
  readonly name?: string | undefined;
}

/** Returns the token under which `sampleModule` binds its client. */
export function sampleClientToken(name?: string): ServiceIdentifier<SampleClient> {
  return clientToken('sample', name);
}

/**
 * Returns a module that binds an authenticated client, for an application with a container of its own.
 * It takes the manager under `tokens.manager`, from `credentialModule` or from yours.
 */
export function sampleModule(options: SampleModuleOptions): ContainerModule {
  const { name, ...bindOptions } = options;
  return bindingModule<SampleClient>(
    sampleClientToken(name),
    (client, manager: CredentialManager) => bindSample(client, manager, bindOptions),
    () => fetch,
  );
}

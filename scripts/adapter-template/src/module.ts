import { type BindOptions, type CredentialManager, snapshot } from '@keyturn/core/binding';
import {
  bindingModule,
  type ClientModuleOptions,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import { bindSample, type SampleClient } from './bind-sample.js';

export interface SampleModuleOptions extends BindOptions, ClientModuleOptions {
  /** Makes the client to bind. Called once, when the client is first asked for. */
  readonly makeClient: () => SampleClient;
}

/** Returns the token under which `sampleModule` binds its client. */
export function sampleClientToken(name?: string): ServiceIdentifier<SampleClient> {
  return clientToken('sample', name);
}

/**
 * Returns a module that binds an authenticated client, for an application with a container of its own.
 * It takes the manager from the `credentialModule` of the same `credential`, or the one that you bound.
 */
export function sampleModule(options: SampleModuleOptions): ContainerModule {
  const { name, credential, makeClient, ...bindOptions } = snapshot(options);
  return bindingModule<SampleClient>(
    sampleClientToken(name),
    (client, manager: CredentialManager) => bindSample(client, manager, bindOptions),
    makeClient,
    credential,
  );
}

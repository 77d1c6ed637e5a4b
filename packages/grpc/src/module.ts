import { type CredentialManager, snapshot } from '@keyturn/core/binding';
import {
  bindingModule,
  type ClientModuleOptions,
  type ContainerModule,
  clientToken,
  type ServiceIdentifier,
} from '@keyturn/core/container';
import { type BindGrpcOptions, bindGrpc, type GrpcClientArguments } from './bind-grpc.js';

export interface GrpcModuleOptions extends BindGrpcOptions, ClientModuleOptions {}

/** Returns the token under which `grpcModule` binds what a generated client is made with. */
export function grpcClientToken(name?: string): ServiceIdentifier<GrpcClientArguments> {
  return clientToken('grpc', name);
}

/**
 * Returns a module that binds an authenticated gRPC channel, for an application with a container of its own.
 * It takes the manager from the `credentialModule` of the same `credential`, or the one that you bound.
 */
export function grpcModule(given: GrpcModuleOptions): ContainerModule {
  const { name, credential, ...options } = snapshot(given);
  return bindingModule(
    grpcClientToken(name),
    (_: undefined, manager: CredentialManager) => bindGrpc(manager, options),
    () => undefined,
    credential,
  );
}

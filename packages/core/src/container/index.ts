// Applications and adapters take the container from here, so that one copy of inversify serves all of them.

export {
  type CreateCredentialManagerOptions,
  createCredentialManager,
} from './create-credential-manager.js';
export {
  type CredentialRegistry,
  createCredentialRegistry,
} from './create-credential-registry.js';
export {
  Container,
  ContainerModule,
  type ContainerModuleLoadOptions,
  inject,
  injectable,
  multiInject,
  optional,
  type ServiceIdentifier,
} from './inversify.js';
export {
  bindingModule,
  type ClientModuleOptions,
  type CredentialModuleOptions,
  clientToken,
  credentialModule,
} from './module.js';
export { type CredentialTokens, credentialTokens, tokens } from './tokens.js';
export { type TokensOf, toClass, toFactory, token } from './typed-tokens.js';

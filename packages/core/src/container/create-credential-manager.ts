import type { CredentialManager } from '../contract.js';
import type { CredentialManagerOptions } from '../options.js';
import { snapshot } from '../snapshot.js';
import { refuseBareSource } from '../sources/as-source.js';
import { checkManagerOptions } from './check-manager-options.js';
import { Container, type ContainerModule } from './inversify.js';
import { wiringModule } from './module.js';
import { tokens } from './tokens.js';

export interface CreateCredentialManagerOptions extends CredentialManagerOptions {
  /** Modules loaded after our own: `rebind` a token of `tokens` to replace that part. */
  readonly modules?: readonly ContainerModule[] | undefined;
}

/**
 * Makes the manager of one credential.
 *
 * Nothing runs until somebody asks it for a credential. Close it, or use `await using`, to drop the held secrets.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function createCredentialManager(
  options: CreateCredentialManagerOptions,
): CredentialManager {
  refuseBareSource('createCredentialManager', options);
  const given = snapshot(options ?? {});
  const checked = checkManagerOptions('createCredentialManager', given, 'modules');
  const container = new Container();
  // A Set, because a module loaded twice would bind everything in it twice.
  for (const module of new Set([wiringModule(checked), ...(given.modules ?? [])]))
    container.load(module);
  return container.get(tokens.manager);
}

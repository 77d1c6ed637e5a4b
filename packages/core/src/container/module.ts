import type { Binding, CredentialManager } from '../contract.js';
import type { CredentialManagerOptions } from '../options.js';
import { checkManagerOptions } from './check-manager-options.js';
import { ContainerModule, type ServiceIdentifier } from './inversify.js';
import { tokens } from './tokens.js';
import { token } from './typed-tokens.js';
import { wire } from './wiring.js';

/**
 * Returns a module that binds the manager, under `tokens.manager`, and all its parts, for an application with a
 * container of its own. Tear-down is the application's: call `close()` on the manager when it ends.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function credentialModule(options: CredentialManagerOptions): ContainerModule {
  const checked = checkManagerOptions(options);
  return new ContainerModule((load) => wire(load, checked));
}

/** Returns the token under which a module of `kind` (axios, got, yours) binds its client; `name` tells two apart. */
export function clientToken<Client>(
  kind: string,
  name: string = 'default',
): ServiceIdentifier<Client> {
  return token(`client:${kind}:${name}`);
}

/**
 * Turns a bind function into a module: the bound client under `client`, its binding under `tokens.binding`.
 *
 * Client and binding are made once, when either is first asked for, with the manager under `tokens.manager`.
 * @param makeClient makes the client to bind; a bind function that makes its own ignores what it is given.
 */
export function bindingModule<Bare, Bound = Bare>(
  client: ServiceIdentifier<Bound>,
  bind: (bare: Bare, manager: CredentialManager) => Binding<Bound>,
  makeClient: () => Bare,
): ContainerModule {
  return new ContainerModule((load) => {
    const own: ServiceIdentifier<Binding<Bound>> = Symbol(`binding of ${String(client)}`);
    load
      .bind(own)
      .toResolvedValue(
        (manager: CredentialManager) => bind(makeClient(), manager),
        [tokens.manager],
      )
      .inSingletonScope();
    load.bind(client).toResolvedValue((binding: Binding<Bound>) => binding.client, [own]);
    load.bind(tokens.binding).toResolvedValue((binding: Binding<Bound>) => binding, [own]);
  });
}

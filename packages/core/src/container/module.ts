import type { Binding, CredentialManager } from '../contract.js';
import type { CredentialManagerOptions } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import { type CheckedManagerOptions, checkManagerOptions } from './check-manager-options.js';
import { ContainerModule, type ServiceIdentifier } from './inversify.js';
import { checkedName, defaultName, refuseSecond } from './names.js';
import { credentialTokens, tokens } from './tokens.js';
import { token } from './typed-tokens.js';
import { wire } from './wiring.js';

export interface CredentialModuleOptions extends CredentialManagerOptions {
  /** Tells several credentials of one container apart. Default `default`. */
  readonly name?: string | undefined;
}

/**
 * Returns a module that binds the manager of one credential, under `credentialTokens(name).manager`, and all its parts,
 * for an application with a container of its own. Without a name those are `tokens`. Tear-down is the application's: call
 * `close()` on the manager when it ends.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value; and when it is loaded into a
 * container that has a credential of this name.
 */
export function credentialModule(options: CredentialModuleOptions): ContainerModule {
  const given = snapshot(options ?? {});
  return wiringModule(checkManagerOptions('credentialModule', given, 'name'), given.name);
}

/** The same for options that were checked. */
export function wiringModule(
  options: CheckedManagerOptions,
  name: string = defaultName,
): ContainerModule {
  const parts = credentialTokens(name);
  return new ContainerModule((load) => {
    refuseSecond(load, parts.manager, () => `a credential called ${quoted(name)}`);
    wire(load, options, parts);
  });
}

/** What the module of every adapter takes beside the options of its binding. */
export interface ClientModuleOptions {
  /** Tells several clients of one container apart. Default `default`. */
  readonly name?: string | undefined;
  /** The name of the credential that the client carries. Default `default`, that of a credential without a name. */
  readonly credential?: string | undefined;
}

/** Returns the token under which a module of `kind` (axios, got, yours) binds its client; `name` tells two apart. */
export function clientToken<Client>(
  kind: string,
  name: string = defaultName,
): ServiceIdentifier<Client> {
  return token(`client:${kind}:${checkedName(name)}`);
}

/**
 * Turns a bind function into a module: the bound client under `client`, its binding under `tokens.binding`.
 *
 * Client and binding are made once, when either is first asked for, with the manager of the credential called
 * `credential`.
 * @param makeClient makes the client to bind; a bind function that makes its own ignores what it is given.
 * @throws {TypeError} when it is loaded into a container that has a client under this token.
 */
export function bindingModule<Bare, Bound = Bare>(
  client: ServiceIdentifier<Bound>,
  bind: (bare: Bare, manager: CredentialManager) => Binding<Bound>,
  makeClient: () => Bare,
  credential: string = defaultName,
): ContainerModule {
  const { manager } = credentialTokens(credential);
  return new ContainerModule((load) => {
    refuseSecond(load, client, () => `a client under ${nameOf(client)}`);
    const own: ServiceIdentifier<Binding<Bound>> = Symbol(`binding of ${nameOf(client)}`);
    load
      .bind(own)
      .toResolvedValue((held: CredentialManager) => bind(makeClient(), held), [manager])
      .inSingletonScope();
    load.bind(client).toResolvedValue((binding: Binding<Bound>) => binding.client, [own]);
    load.bind(tokens.binding).toResolvedValue((binding: Binding<Bound>) => binding, [own]);
  });
}

/** A class as a token would be printed with all its code. */
function nameOf(identifier: ServiceIdentifier): string {
  return typeof identifier === 'function' ? identifier.name : String(identifier);
}

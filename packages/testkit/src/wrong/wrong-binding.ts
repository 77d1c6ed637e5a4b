import type { CredentialManager } from '@keyturn/core';
import type { BindingSetup, BindingUnderTest } from '../conformance/binding-under-test.js';
import { bindReference, referenceBinding } from '../conformance/reference-binding.js';
import type { ReferenceClient, ReferenceParts } from '../conformance/reference-client.js';

/** A binding that breaks one promise. */
export interface WrongBinding {
  /** What it does wrong. */
  readonly fault: string;
  /** The name of the scene that it is there for, and fails. */
  readonly scene: string;
  /** Names of scenes that it fails besides, because they are about the same fault. */
  readonly also?: readonly string[];
  /** Makes it anew for each scene, so that nothing is carried from one to the next. */
  make(): BindingUnderTest<ReferenceClient>;
}

/** The same binding, which fails more than its own scene. */
export function alsoFails(wrong: WrongBinding, ...also: readonly string[]): WrongBinding {
  return { ...wrong, also };
}

type Bind = BindingUnderTest<ReferenceClient>['bind'];

/** A binding that is made of the reference binding's own `bind`. */
export function wrongBind(scene: string, fault: string, makeBind: () => Bind): WrongBinding {
  return {
    fault,
    scene,
    make: () => ({ ...referenceBinding, name: `a binding that ${fault}`, bind: makeBind() }),
  };
}

/** The reference client with a method overridden. */
export function wrongClient(
  scene: string,
  fault: string,
  Client: new (parts: ReferenceParts) => ReferenceClient,
): WrongBinding {
  const bind: Bind = (manager, setup) => bindReference(manager, setup, (p) => new Client(p));
  return wrongBind(scene, fault, () => bind);
}

/** The reference client that talks to the manager in another way. */
export function wrongManager(
  scene: string,
  fault: string,
  change: (manager: CredentialManager) => Partial<CredentialManager>,
): WrongBinding {
  const bind: Bind = (manager, setup) =>
    bindReference({ ...delegate(manager), ...change(manager) }, setup);
  return wrongBind(scene, fault, () => bind);
}

/** The reference client bound with other options than the caller's. */
export function wrongSetup(
  scene: string,
  fault: string,
  change: (setup: BindingSetup) => BindingSetup,
): WrongBinding {
  const bind: Bind = (manager, setup) => bindReference(manager, change(setup));
  return wrongBind(scene, fault, () => bind);
}

function delegate(manager: CredentialManager): CredentialManager {
  return {
    peek: () => manager.peek(),
    current: (options) => manager.current(options),
    refresh: (options) => manager.refresh(options),
    invalidate: (credential, options) => manager.invalidate(credential, options),
    on: (event, listener) => manager.on(event, listener),
    stats: () => manager.stats(),
    health: () => manager.health(),
    close: () => manager.close(),
    [Symbol.asyncDispose]: () => manager.close(),
  };
}

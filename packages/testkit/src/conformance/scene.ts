import type { BindingSupport } from '@keyturn/core';
import type { Ability } from './binding-under-test.js';
import type { Theatre } from './theatre.js';

/** What a binding or its test must have for a scene to make sense. */
export type Need = keyof BindingSupport | 'hooks' | 'retries' | 'caches' | Ability;

/** One promise that a binding keeps. */
export interface Scene {
  /** Reads as a promise in the present tense, and stays as it is: tables and reports name it. */
  readonly name: string;
  readonly needs: readonly Need[];
  play<Client>(theatre: Theatre<Client>): Promise<void>;
}

export function scene(
  name: string,
  needs: readonly Need[],
  play: <Client>(theatre: Theatre<Client>) => Promise<void>,
): Scene {
  return { name, needs, play };
}

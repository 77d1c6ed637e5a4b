import { describe } from '../options.js';
import type { ContainerModuleLoadOptions, ServiceIdentifier } from './inversify.js';

/** What a credential or a client is called where a container has one of them. */
export const defaultName = 'default';

/**
 * Returns `name`.
 * @throws {TypeError} when it is none.
 */
export function checkedName(name: string): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new TypeError(`A name in a container must be a string, not ${describe(name)}.`);
}

/**
 * Refuses to bind twice what a container can then no longer tell apart; inversify would complain when it is asked for.
 *
 * What a parent container has counts: its singletons, resolved through a child, would be made of the child's parts.
 * @throws {TypeError} saying what to do.
 */
export function refuseSecond(
  { isBound }: ContainerModuleLoadOptions,
  identifier: ServiceIdentifier,
  what: () => string,
): void {
  if (!isBound(identifier)) return;
  throw new TypeError(
    `This container has ${what()} already. Give the second one another name, or a container of its own.`,
  );
}

import type { CredentialMaterial } from '@keyturn/core';
import { materialWith, stateOf } from '@keyturn/core/lifecycle';
import { jsonObject, type SharedMaterial } from './stored-material.js';

/** Where material stands in a row of loads, each with what the one before wanted back. */
export interface Lineage {
  /** Names the row, which a logout or a first login begins. */
  readonly line: string;
  /** +1 with each load of the row. */
  readonly number: number;
}

/**
 * What one manager knows of the record behind its credential. It travels as the `state` of the material, so that one source can serve
 * several managers, and each is told apart what it was given.
 */
export interface KnownRecord extends Lineage {
  /** Of the load whose material the manager was given last. */
  readonly id: string;
  /** Whether the store does not have it, as far as is known. */
  readonly isUnsaved?: boolean | undefined;
  /** What the source wants back. A secret. */
  readonly state?: string | undefined;
}

/** Returns `material` as the manager gets it: its state says, too, which of the loads it is of. */
export function materialKnownAs(
  material: CredentialMaterial,
  { line, number, id, isUnsaved }: Omit<KnownRecord, 'state'>,
): CredentialMaterial {
  const known: KnownRecord = { line, number, id, isUnsaved, state: stateOf(material) };
  return materialWith(material, { state: JSON.stringify(known) });
}

/** Returns undefined for a state that is none of ours: it belongs to a source that stood here before. */
export function decodeKnown(state: string | undefined): KnownRecord | undefined {
  const known = state === undefined ? undefined : jsonObject(state);
  const isOurs = typeof known?.['id'] === 'string' && typeof known['line'] === 'string';
  return isOurs ? (known as unknown as KnownRecord) : undefined;
}

/** Tells whether `loaded` comes before `other` in the same row: a store may have lost what came after, or not have been told of it. */
export function isBefore(loaded: SharedMaterial, other: Lineage | undefined): boolean {
  return loaded.line === other?.line && loaded.number < other.number;
}

/** Returns the place of something in its row, and nothing else of it. */
export function lineageOf({ line, number }: Lineage): Lineage {
  return { line, number };
}

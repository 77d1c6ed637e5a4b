import { jsonObject } from './stored-material.js';

/**
 * What one manager knows of the record behind its credential. It travels as the `state` of the material, so that one source can serve
 * several managers, and each is told apart what it was given.
 */
export interface KnownRecord {
  /** Of the load whose material the manager was given last. */
  readonly id: string;
  /** Of the load before, which the store still has where this one could not be written; undefined where it was written. */
  readonly base?: string | undefined;
  /** Whether the store does not have it, as far as is known. */
  readonly isUnsaved?: boolean | undefined;
  /** What the source wants back. A secret. */
  readonly state?: string | undefined;
}

export function encodeKnown(known: KnownRecord): string {
  return JSON.stringify(known);
}

/** Returns undefined for a state that is none of ours: it belongs to a source that stood here before. */
export function decodeKnown(state: string | undefined): KnownRecord | undefined {
  const known = state === undefined ? undefined : jsonObject(state);
  return typeof known?.['id'] === 'string' ? (known as unknown as KnownRecord) : undefined;
}

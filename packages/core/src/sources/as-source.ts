import type { CredentialSource } from '../contract.js';
import { describe } from '../options.js';

/** A credential source, or only its `load`. */
export type SourceOrLoad = CredentialSource | CredentialSource['load'];

/**
 * Returns the source that `given` is, or makes one of a function.
 * @param subject names the place in the message, such as `Option "source"`
 * @throws {TypeError} saying what was given instead and what to do with it, and never quoting it.
 */
export function asSource(given: unknown, subject: string): CredentialSource {
  if (isSource(given)) return given;
  if (typeof given === 'function' && !isClass(given))
    return sourceOf(given as CredentialSource['load']);
  throw new TypeError(
    `${subject} must be a credential source, with "name" and "load()", or a function that returns a promise of its material; not ${nameOf(given)}.`,
  );
}

/**
 * Refuses a source, or what becomes one, where the options of `caller` are wanted that hold it.
 * @throws {TypeError} saying how to write it.
 */
export function refuseBareSource(caller: string, given: unknown): void {
  const { load, then } = (given ?? {}) as { readonly load?: unknown; readonly then?: unknown };
  if (![given, load, then].some((part) => typeof part === 'function')) return;
  const what = typeof then === 'function' ? 'await theSource' : 'theSource';
  throw new TypeError(
    `${caller} takes an object of options with a source in it. Write "${caller}({ source: ${what} })".`,
  );
}

function isSource(value: unknown): value is CredentialSource {
  const { load, name } = (value ?? {}) as Partial<Record<keyof CredentialSource, unknown>>;
  return typeof load === 'function' && typeof name === 'string';
}

// A function may be made for one thing, and be called `source` only because it stands behind that word.
function sourceOf(load: CredentialSource['load']): CredentialSource {
  const isNamed = load.name !== '' && load.name !== 'source';
  return {
    name: isNamed ? `function ${load.name}` : 'a function',
    load: async (context) => load(context),
  };
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function nameOf(given: unknown): string {
  if (typeof given === 'function') return 'a class; make an object of it with "new"';
  if (typeof given === 'string')
    return 'a string; a token that is fixed goes into "staticSource({ token })"';
  const parts = (typeof given === 'object' ? given : undefined) ?? {};
  const has = (name: string): boolean => name in parts;
  if (has('then')) return 'a promise; put "await" before it';
  if (has('current') && has('invalidate')) return 'a manager, which has a source already';
  if (has('source')) return 'an object with a source in it; give its "source"';
  if (has('load')) return 'an object with a "load" but no "name", which stands in messages';
  if (has('token') || has('headers') || has('clientCertificate'))
    return 'material; put it into "staticSource"';
  return describe(given);
}

import { inspect } from 'node:util';

const brand = Symbol.for('@keyturn/https/SecretHeader');

/** Tells whether `value` is a SecretHeader, also one of another copy of this package. */
export function isSecretHeader(value: unknown): value is SecretHeader {
  return typeof value === 'object' && value !== null && brand in value;
}

// Names are no secrets. They are of the whole process, because whoever prints a request knows nothing of bindings.
const names: string[] = [];

/** Remembers that the value of a header with this name, in lower case, is a secret, as that of Authorization always is. */
export function noteSecretName(key: string): void {
  if (key !== 'authorization' && !names.includes(key)) names.push(key);
}

/** The names in lower case of all headers but Authorization that have ever been a secret: most programs have none. */
export function secretNames(): readonly string[] {
  return names;
}

/**
 * The value of a header that shows itself to nobody but the wire.
 *
 * Clients keep the headers of a request in options, streams and errors. Node documents that a header value which is no
 * string is stored as it is and converted when it is sent, so this one prints and serializes redacted.
 */
export class SecretHeader {
  readonly #value: string;

  /** @param key name of the header in lower case, where it is another one than Authorization */
  constructor(value: string, key: string = 'authorization') {
    this.#value = value;
    noteSecretName(key);
  }

  toString(): string {
    return this.#value;
  }

  toJSON(): string {
    return '[redacted]';
  }
}

Object.defineProperties(SecretHeader.prototype, {
  [inspect.custom]: { value: (): string => '[redacted]' },
  [brand]: { value: true },
});

import { inspect } from 'node:util';

const brand = Symbol.for('@keyturn/https/SecretHeader');

/** Tells whether `value` is a SecretHeader, also one of another copy of this package. */
export function isSecretHeader(value: unknown): value is SecretHeader {
  return typeof value === 'object' && value !== null && brand in value;
}

/**
 * The value of a header that shows itself to nobody but the wire.
 *
 * Clients keep the headers of a request in options, streams and errors. Node documents that a header value which is no
 * string is stored as it is and converted when it is sent, so this one prints and serializes redacted.
 */
export class SecretHeader {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
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

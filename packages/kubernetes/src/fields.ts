import path from 'node:path';
import { CredentialError, type CredentialErrorCode, quoted } from '@keyturn/core/binding';

/** Where a part of a kubeconfig stands: what an error has to name, and where its relative paths start. */
export interface Place {
  /** The file in double quotes, or words for a kubeconfig that came as text. */
  readonly file: string;
  /** Relative paths are resolved against it. */
  readonly directory: string;
  /** Such as `user "me"`. */
  readonly entry?: string | undefined;
  readonly context?: string | undefined;
}

/**
 * Reads the fields of one object of a kubeconfig by type, and makes the errors that name them.
 *
 * Null and an empty string count as absent, as they do for kubectl; nothing is converted: a number is no string.
 * Errors say what kind of value stands in the wrong place, never the value.
 */
export class Fields {
  readonly place: Place;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  private constructor(values: Readonly<Record<string, unknown>>, place: Place, prefix: string) {
    this.#values = values;
    this.place = place;
    this.#prefix = prefix;
  }

  /** @throws {CredentialError} ERR_KUBECONFIG_FIELD when `value` is no object; null is an empty one. */
  static of(value: unknown, place: Place, prefix: string = ''): Fields {
    const values = value ?? {};
    if (!isRecord(values)) {
      const what = prefix === '' ? subjectOf(place) : `Field "${prefix}" of ${subjectOf(place)}`;
      throw new CredentialError(
        'ERR_KUBECONFIG_FIELD',
        `${what} must be an object, not ${kindOf(values)}.`,
      );
    }
    return new Fields(values, place, prefix);
  }

  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    return this.#checkText(name, value);
  }

  flag(name: string): boolean {
    const value = this.raw(name);
    if (value === undefined) return false;
    if (typeof value !== 'boolean') throw this.wrongType(name, 'true or false', value);
    return value;
  }

  /** Items of a list of objects; none when it is absent. */
  list(name: string): Fields[] {
    return this.#items(name).map((item, index) =>
      Fields.of(item, this.place, this.#under(`${name}[${index}]`)),
    );
  }

  texts(name: string): string[] {
    return this.#items(name).map((item, index) => this.#checkText(`${name}[${index}]`, item));
  }

  object(name: string): Fields | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : Fields.of(value, this.place, this.#under(name));
  }

  /** Decodes a field that holds standard base64; line breaks inside are allowed, as kubectl allows them. */
  base64(name: string): Buffer | undefined {
    const text = this.text(name)?.replaceAll(/[\r\n]/g, '');
    if (text === undefined) return undefined;
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
      throw this.problem(name, 'is not base64 with padding');
    }
    return Buffer.from(text, 'base64');
  }

  /** Resolves a field that names a file. `~` and variables are not expanded, as kubectl does not expand them. */
  path(name: string): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : path.resolve(this.place.directory, value);
  }

  /** The value as it was read, or undefined when it is absent or null. */
  raw(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  /** Makes the error that says `fact` of the field `name`: a phrase that follows it, without a full stop. */
  problem(
    name: string,
    fact: string,
    code: CredentialErrorCode = 'ERR_KUBECONFIG_FIELD',
  ): CredentialError {
    const { place } = this;
    return new CredentialError(
      code,
      `Field "${this.#under(name)}" of ${subjectOf(place)} ${fact}.`,
    );
  }

  wrongType(name: string, wanted: string, value: unknown): CredentialError {
    return this.problem(name, `must be ${wanted}, not ${kindOf(value)}`);
  }

  #checkText(name: string, value: unknown): string {
    if (typeof value !== 'string') throw this.wrongType(name, 'a string', value);
    // The system would end a path or an argument there, and read something else than was meant.
    if (value.includes('\0')) throw this.problem(name, 'holds a NUL character');
    return value;
  }

  #items(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw this.wrongType(name, 'a list', value);
    return value;
  }

  #under(name: string): string {
    return this.#prefix === '' ? name : `${this.#prefix}.${name}`;
  }
}

/** Names a place in a sentence: `user "me" in "/home/me/.kube/config" (context "work")`. */
export function subjectOf({ file, entry, context }: Place): string {
  const where = entry === undefined ? file : `${entry} in ${file}`;
  return context === undefined ? where : `${where} (context ${quoted(context)})`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value === 'bigint' ? 'number' : typeof value}`;
}

import { CredentialError, type CredentialErrorCode, quoted } from '@keyturn/core/binding';
import { unfilledSecret } from './placeholder.js';
import { pathFrom } from './relative-path.js';

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
      const what =
        prefix === '' ? capitalized(subjectOf(place)) : `Field "${prefix}" of ${subjectOf(place)}`;
      throw new CredentialError(
        'ERR_KUBECONFIG_FIELD',
        `${what} must be an object, not ${kindOf(values)}. Write its fields below it, each indented.`,
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
    if (typeof value !== 'boolean') {
      throw this.#wrongType(name, 'true or false', value, 'Write it without quotes');
    }
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
    const written = this.text(name);
    if (written === undefined) return undefined;
    const unfilled = unfilledSecret(written);
    if (unfilled !== undefined) throw this.problem(name, unfilled);
    const text = written.replaceAll(/[\r\n]/g, '');
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
      throw this.problem(
        name,
        text.includes('-----BEGIN ')
          ? 'is not base64 with padding: it is PEM text itself. Encode it with "base64"'
          : 'is not base64 with padding. Encode it once more, with "base64", and copy all of it',
      );
    }
    return Buffer.from(text, 'base64');
  }

  /** Reads a field that names a file, as an absolute path. */
  path(name: string): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : pathFrom(this.place.directory, value);
  }

  /** Tells whether a field asks for anything: old kubeconfigs have `as-user-extra: {}` in every user. */
  isGiven(name: string): boolean {
    const value = this.raw(name);
    if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
    return value !== undefined && value !== '';
  }

  /** What the fields of this object are called. */
  names(): string[] {
    return Object.keys(this.#values);
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

  #wrongType(name: string, wanted: string, value: unknown, advice: string): CredentialError {
    return this.problem(name, `must be ${wanted}, not ${kindOf(value)}. ${advice}`);
  }

  #checkText(name: string, value: unknown): string {
    if (typeof value !== 'string') {
      const isWord = typeof value !== 'object';
      const advice = isWord ? 'Write it in quotes' : 'Write one value there, on one line';
      throw this.#wrongType(name, 'a string', value, advice);
    }
    // The system would end a path or an argument there, and read something else than was meant.
    if (value.includes('\0')) {
      throw this.problem(name, 'holds a NUL character. Remove it');
    }
    return value;
  }

  #items(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) {
      throw this.#wrongType(name, 'a list', value, 'Begin each of its items with a dash');
    }
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

/** Makes of words the beginning of a sentence. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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

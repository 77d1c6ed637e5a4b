import { describe, knownOptions } from '../options.js';
import { snapshot } from '../snapshot.js';

/** Checks fields of what `caller` is given. Each check throws a TypeError that names the field and quotes no value of it. */
export class FieldChecks {
  readonly #caller: string;

  constructor(caller: string) {
    this.#caller = caller;
  }

  filled(name: string, value: unknown): string {
    if (value !== undefined && value !== '') return this.text(name, value);
    throw this.#wrong(name, `must be given, not ${describe(value)}`);
  }

  text(name: string, value: unknown): string {
    if (typeof value !== 'string') {
      throw this.#wrong(name, `must be a string, not ${describe(value)}`);
    }
    // The system ends a string there: the program would get less than was meant.
    if (value.includes('\0')) throw this.#wrong(name, 'must not hold a NUL character');
    return value;
  }

  flag(name: string, value: unknown): boolean {
    if (value === undefined) return false;
    if (typeof value === 'boolean') return value;
    throw this.#wrong(name, `must be true or false, not ${describe(value)}`);
  }

  list(name: string, value: unknown): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    throw this.#wrong(name, `must be an array, not ${describe(value)}`);
  }

  oneOf<Value extends string>(name: string, value: unknown, values: readonly Value[]): Value {
    const known = values.find((candidate) => candidate === value);
    if (known !== undefined) return known;
    const choice = values.map((candidate) => `"${candidate}"`).join(', ');
    throw this.#wrong(name, `must be one of ${choice}, not ${shown(value)}`);
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever it takes and returns
  optionalFunction<Expected extends (...args: any[]) => unknown>(
    name: string,
    value: unknown,
  ): Expected | undefined {
    if (value === undefined || typeof value === 'function') return value as Expected | undefined;
    throw this.#wrong(name, `must be a function, not ${describe(value)}`);
  }

  variable(name: string, value: unknown): { readonly name: string; readonly value: string } {
    knownOptions(`Option "${name}" of ${this.#caller}`, value, ['name', 'value']);
    const variable = snapshot(value as { readonly name: string; readonly value: string });
    if (this.filled(`${name}.name`, variable.name).includes('=')) {
      throw this.#wrong(`${name}.name`, 'must not hold "="');
    }
    return { name: variable.name, value: this.text(`${name}.value`, variable.value) };
  }

  #wrong(name: string, what: string): TypeError {
    return new TypeError(`Option "${name}" of ${this.#caller} ${what}.`);
  }
}

// These few words are no secrets, and seeing "never" explains more than "a string" does.
function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w./-]{1,60}$/.test(value)
    ? `"${value}"`
    : describe(value);
}

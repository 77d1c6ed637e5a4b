import type {
  BindInWhenOnFluentSyntax,
  BindToFluentSyntax,
  ServiceIdentifier,
} from './inversify.js';

/** Makes a typed service identifier: the value is a symbol, the type says what it stands for. */
export function token<T>(description: string): ServiceIdentifier<T> {
  return Symbol.for(`@keyturn/core:${description}`);
}

/** One token for each part that a constructor takes; the compiler checks names and types. */
export type TokensOf<Parts extends object> = {
  readonly [Name in keyof Parts]-?: ServiceIdentifier<Parts[Name]>;
};

/** Binds to a class that takes one object of parts, with no decorator in the class. */
export function toClass<T, Parts extends object>(
  binding: BindToFluentSyntax<T>,
  type: new (parts: Parts) => T,
  tokens: TokensOf<Parts>,
): BindInWhenOnFluentSyntax<T> {
  return toFactory(binding, (parts: Parts) => new type(parts), tokens);
}

/** Binds to a function that takes one object of parts. */
export function toFactory<T, Parts extends object>(
  binding: BindToFluentSyntax<T>,
  make: (parts: Parts) => T,
  tokens: TokensOf<Parts>,
): BindInWhenOnFluentSyntax<T> {
  const names = Object.keys(tokens);
  const identifiers = Object.values(tokens);
  // The one cast of the wiring: inversify gives back the values in the order of the tokens.
  const assemble = (...values: unknown[]): T =>
    make(Object.fromEntries(names.map((name, index) => [name, values[index]])) as Parts);
  return binding.toResolvedValue(assemble as never, identifiers as never);
}

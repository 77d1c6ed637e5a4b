import type { DispatcherLike } from './handler-shape.js';

/** Where undici, that of Node included, keeps what dispatches the requests that name no dispatcher: up to 7, and from 8 on. */
const places = [
  Symbol.for('undici.globalDispatcher.1'),
  Symbol.for('undici.globalDispatcher.2'),
] as const;

/** Returns the MockAgent that the program has set for all its requests, while that is active. */
export function programsMock(): DispatcherLike | undefined {
  for (const place of places) {
    const dispatcher: unknown = Reflect.get(globalThis, place);
    if (isActiveMock(dispatcher)) return dispatcher;
  }
  return undefined;
}

/** Tells whether `dispatcher` is a mock that answers in place of a network. */
export function isActiveMock(dispatcher: unknown): dispatcher is DispatcherLike {
  if (typeof dispatcher !== 'object' || dispatcher === null) return false;
  return (dispatcher as { readonly isMockActive?: unknown }).isMockActive === true;
}

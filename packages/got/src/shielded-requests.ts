import { urlToHttpOptions } from 'node:url';
import { inheritedNames, shadowInherited } from '@keyturn/core/binding';
import type { GotOptions, NativeOptions, RequestFunction } from './got-shape.js';

/**
 * Keeps what stands on Object.prototype out of the requests that got makes: node:http would find a port, a user or a
 * signal there where the options of got have none. Does nothing while there is nothing.
 */
export class ShieldedRequests {
  readonly #ours = new WeakSet<RequestFunction>();

  /** Takes ours back, which an earlier attempt or hop has left. */
  forget(options: GotOptions): void {
    if (options.request && this.#ours.has(options.request)) options.request = undefined;
  }

  /** Prepares the request that `options` describe, or one hop of it. A `request` of the caller's own is left alone. */
  install(options: GotOptions): void {
    if (options.request !== undefined || inheritedNames().length === 0) return;
    const theirs = options.getRequestFunction() as RequestFunction;
    // A cache gives everything in the first place.
    const ours: RequestFunction = (input, more) =>
      input instanceof URL
        ? theirs(shadowInherited(withPlace(input, more as NativeOptions)))
        : theirs(shadowInherited(input), more);
    this.#ours.add(ours);
    options.request = ours;
  }
}

/** Not the URL beside the options: node:http takes it for options of another kind where "path" stands on Object.prototype. */
function withPlace(url: URL, options: NativeOptions): NativeOptions {
  const place: object = urlToHttpOptions(url);
  return { ...place, ...options };
}

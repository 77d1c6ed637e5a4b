import { AsyncLocalStorage } from 'node:async_hooks';
import type { SendFetch } from './fetch-shape.js';

/**
 * Tells which function to call: the one that was given, but where that was the global `fetch`, the global `fetch` of the moment.
 * Mocks, spies and recorders put theirs in its place when a test begins, and take it away when it ends.
 */
export class PresentFetch {
  readonly #given: SendFetch;
  readonly #wasGlobal: boolean;
  /** Set while a function in the place of the global one runs for us, which may call the bound fetch in its turn. */
  readonly #running = new AsyncLocalStorage<true>();

  constructor(given: SendFetch) {
    this.#given = given;
    this.#wasGlobal = given === globalThis.fetch;
  }

  /** @param ours the bound fetch, which may have become the global one itself */
  get(ours: SendFetch): SendFetch {
    if (!this.#wasGlobal) return this.#given;
    const present = globalThis.fetch as unknown as SendFetch;
    if (present === this.#given) return present;
    // Where the global fetch leads back to us, there is only the one that was given.
    if (present === ours || typeof present !== 'function' || this.#running.getStore()) {
      return this.#given;
    }
    return (input, init) => this.#running.run(true, () => present(input, init));
  }
}

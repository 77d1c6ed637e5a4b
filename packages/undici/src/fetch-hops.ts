import type { Credential } from '@keyturn/core/binding';
import { type CredentialDispatcher, fetchAccess } from './credential-dispatcher.js';
import type { DispatchOptions, Handler } from './handler-shape.js';

/**
 * Dispatches the hops of one fetch, redirects among them. fetch takes the Authorization away when it goes to another
 * origin; a hop that is in scope gets it back, unless one before it was not.
 */
export class FetchHops {
  readonly #dispatcher: CredentialDispatcher;
  readonly #credential: Credential | undefined;
  readonly #token: string | undefined;
  #hasLeftScope = false;

  /**
   * @param credential to connect with; undefined: as nobody
   * @param token for the hops that have no Authorization
   */
  constructor(
    dispatcher: CredentialDispatcher,
    credential: Credential | undefined,
    token?: string,
  ) {
    this.#dispatcher = dispatcher;
    this.#credential = credential;
    this.#token = token;
  }

  /** Whether a redirect has led to where no credential goes. */
  get hasLeftScope(): boolean {
    return this.#hasLeftScope;
  }

  dispatch(options: DispatchOptions, handler: Handler): boolean {
    this.#hasLeftScope ||= !fetchAccess.includes(this.#dispatcher, options.origin);
    const credential = this.#hasLeftScope ? undefined : this.#credential;
    const token = this.#hasLeftScope ? undefined : this.#token;
    return fetchAccess.dispatch(this.#dispatcher, { credential, token }, options, handler);
  }
}

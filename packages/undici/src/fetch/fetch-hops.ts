import type { Credential } from '@keyturn/core/binding';
import { type CredentialDispatcher, fetchAccess } from '../dispatcher/credential-dispatcher.js';
import type { DispatchOptions, Handler } from '../dispatcher/handler-shape.js';

/**
 * Dispatches the hops of one fetch, redirects among them. fetch takes the Authorization away when it goes to another
 * origin; a hop that is in scope gets it back, unless one before it was not.
 */
export class FetchHops {
  /** Whether a redirect has led to where no credential goes. */
  hasLeftScope = false;
  readonly #dispatcher: CredentialDispatcher;
  readonly #credential: Credential | undefined;
  // Private, because a fetch may keep its dispatcher where somebody prints it.
  readonly #token: string | undefined;

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

  get credential(): Credential | undefined {
    return this.#credential;
  }

  get token(): string | undefined {
    return this.#token;
  }

  dispatch(options: DispatchOptions, handler: Handler): boolean {
    return fetchAccess.dispatch(this.#dispatcher, this, options, handler);
  }
}

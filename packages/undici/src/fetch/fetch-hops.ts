import type { Credential } from '@keyturn/core/binding';
import { copyHeaders, hasAuthorization, withToken } from '../dispatcher/authorization-header.js';
import { type CredentialDispatcher, fetchAccess } from '../dispatcher/credential-dispatcher.js';
import type { DispatchOptions, Handler } from '../dispatcher/handler-shape.js';
import { snapshotRequest } from '../dispatcher/request-snapshot.js';

/**
 * Judges and dispatches the hops of one fetch, redirects among them. fetch takes the Authorization away when it goes to
 * another origin; a hop that is in scope gets it back, unless one before it was not.
 */
export class FetchHops {
  readonly #dispatcher: CredentialDispatcher;
  readonly #credential: Credential | undefined;
  // Private, because a fetch may keep its dispatcher where somebody prints it.
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

  /** Whether a redirect has led to where no credential goes. From there on the chain goes as nobody. */
  get hasLeftScope(): boolean {
    return this.#hasLeftScope;
  }

  dispatch(options: DispatchOptions, handler: Handler): boolean {
    const request = snapshotRequest(options);
    if (!fetchAccess.includes(this.#dispatcher, request)) {
      this.#hasLeftScope = true;
      return fetchAccess.sendElsewhere(this.#dispatcher, request, handler);
    }
    const credential = this.#hasLeftScope ? undefined : this.#credential;
    const token = this.#hasLeftScope ? undefined : this.#token;
    const headers = copyHeaders(request.headers);
    const isThere = hasAuthorization(headers);
    request.headers = isThere ? headers : withToken(headers, token);
    // fetch may bring our token along; with one of the caller's own there is none of ours.
    const who = isThere && token === undefined ? 'theirs' : (credential ?? 'nobody');
    return fetchAccess.send(this.#dispatcher, request, handler, credential, who);
  }
}

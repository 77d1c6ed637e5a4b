import type { Credential } from '@keyturn/core/binding';
import { type CredentialDispatcher, fetchAccess } from '../dispatcher/credential-dispatcher.js';
import type { DispatchOptions, Handler } from '../dispatcher/handler-shape.js';
import {
  copyHeaders,
  hasAuthorization,
  withAuthorization,
  withOthers,
} from '../dispatcher/request-headers.js';
import { snapshotRequest } from '../dispatcher/request-snapshot.js';

/**
 * Judges and dispatches the hops of one fetch, redirects among them. fetch takes the Authorization away when it goes to
 * another origin; a hop that is in scope gets it back, unless one before it was not.
 */
export class FetchHops {
  readonly #dispatcher: CredentialDispatcher;
  readonly #credential: Credential | undefined;
  // Private, because a fetch may keep its dispatcher where somebody prints it.
  readonly #authorization: string | undefined;
  #hasLeftScope = false;

  /**
   * @param credential to connect with, and for the other headers of the hops; undefined: as nobody
   * @param authorization for the hops that have none
   */
  constructor(
    dispatcher: CredentialDispatcher,
    credential: Credential | undefined,
    authorization?: string,
  ) {
    this.#dispatcher = dispatcher;
    this.#credential = credential;
    this.#authorization = authorization;
  }

  /** Whether a redirect has led to where no credential goes. From there on the chain goes as nobody. */
  get hasLeftScope(): boolean {
    return this.#hasLeftScope;
  }

  /** Returns with what to connect for the next hop, as far as that is judged by whether it is in scope. */
  credentialFor(isInScope: boolean): Credential | undefined {
    this.#hasLeftScope ||= !isInScope;
    return this.#hasLeftScope ? undefined : this.#credential;
  }

  dispatch(options: DispatchOptions, handler: Handler): boolean {
    const request = snapshotRequest(options);
    const isInScope = fetchAccess.includes(this.#dispatcher, request);
    const credential = this.credentialFor(isInScope);
    if (!isInScope) return fetchAccess.sendElsewhere(this.#dispatcher, request, handler);
    const authorization = this.#hasLeftScope ? undefined : this.#authorization;
    const given = copyHeaders(request.headers);
    const isThere = hasAuthorization(given);
    const headers = credential?.headers === undefined ? given : withOthers(given, credential);
    request.headers = isThere ? headers : withAuthorization(headers, authorization);
    // fetch may bring our Authorization along; with one of the caller's own there is none of ours.
    const who = isThere && authorization === undefined ? 'theirs' : (credential ?? 'nobody');
    return fetchAccess.send(this.#dispatcher, request, handler, credential, who);
  }
}

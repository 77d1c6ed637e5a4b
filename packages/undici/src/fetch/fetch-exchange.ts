import {
  type Credential,
  type CredentialExchange,
  isRefusedStatus,
  type OriginScope,
  type Refusal,
} from '@keyturn/core/binding';
import * as undici from 'undici';
import type { CredentialDispatcher } from '../dispatcher/credential-dispatcher.js';
import { brokeWhenKept } from '../dispatcher/kept-connection.js';
import { describeHeaders } from '../dispatcher/response-headers.js';
import type { FetchCall } from './fetch-call.js';
import { FetchHops } from './fetch-hops.js';
import type { FetchResponse, SendFetch } from './fetch-shape.js';

/** What is the same for all calls of a bound fetch. */
export interface FetchRoute {
  readonly scope: OriginScope;
  readonly dispatcher: CredentialDispatcher;
  readonly replay: boolean;
  readonly refusedStatuses: readonly number[];
}

/** A refused answer up to this size is read to its end, which keeps the connection. Bytes. */
const maxDiscardedBytes = 65_536;

/** One call with the credential of the manager, and its replay. */
export class FetchExchange implements CredentialExchange<FetchResponse, FetchResponse> {
  readonly #route: FetchRoute;
  readonly #call: FetchCall;
  readonly #fetch: SendFetch;
  readonly #isBound: () => boolean;
  #hops: FetchHops | undefined;

  constructor(route: FetchRoute, call: FetchCall, fetch: SendFetch, isBound: () => boolean) {
    this.#route = route;
    this.#call = call;
    this.#fetch = fetch;
    this.#isBound = isBound;
  }

  get signal(): AbortSignal | undefined {
    return this.#call.signal;
  }

  send(credential: Credential): Promise<FetchResponse> {
    const { dispatcher, replay } = this.#route;
    const call = this.#call;
    const fetch = this.#fetch;
    const isReplay = this.#hops !== undefined;
    const token = this.#isBound() ? credential.token : undefined;
    const hops = new FetchHops(dispatcher, credential, token);
    this.#hops = hops;
    if (replay && !isReplay) call.keepBody();
    const header = dispatchesHops(fetch) && !call.hasDispatcher ? undefined : token;
    return fetch(call.input, call.init({ token: header, dispatcher: hops }, isReplay));
  }

  /** Only an origin in scope can refuse the credential. */
  isRejected(response: FetchResponse): boolean {
    return (
      isRefusedStatus(response.status, this.#route.refusedStatuses) &&
      !this.#hops?.hasLeftScope &&
      this.#route.scope.includes(response.redirected ? response.url : this.#call.url)
    );
  }

  settle(response: FetchResponse): FetchResponse {
    return response;
  }

  canReplay(): boolean {
    return this.#route.replay && this.#call.canReplay();
  }

  mayResend(error: unknown): boolean {
    return mayResend(this.#call, error);
  }

  discard({ headers, body }: FetchResponse): void {
    const stream = body as ReadableStream | null;
    if (typeof stream?.cancel !== 'function') return;
    const { 'content-length': length } = Object.fromEntries(headers);
    const isShort = length !== undefined && Number(length) <= maxDiscardedBytes;
    (isShort ? stream.pipeTo(new WritableStream()) : stream.cancel()).catch(() => {});
  }

  describe({ status, headers }: FetchResponse): Refusal {
    return { status, headers: describeHeaders(headers) };
  }
}

/** A kept connection broke under a call that may be made once more. What fetch says is only that it has failed. */
export function mayResend(call: FetchCall, error: unknown): boolean {
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  return brokeWhenKept(cause ?? error) && call.isRepeatable();
}

/**
 * Whether `fetch` is known to dispatch by what it is told to, so that each hop gets its header there: fetch would look at it
 * letter by letter, which takes longer than all that the binding does.
 */
function dispatchesHops(fetch: unknown): boolean {
  return fetch === undici.fetch;
}

import {
  authorizationOf,
  type Credential,
  type CredentialExchange,
  carriesHeadersOf,
  isRefusedStatus,
  type OriginScope,
  otherHeadersOf,
  type Refusal,
} from '@keyturn/core/binding';
import * as undici from 'undici';
import type { CredentialDispatcher } from '../dispatcher/credential-dispatcher.js';
import { brokeWhenKept } from '../dispatcher/kept-connection.js';
import { describeHeaders } from '../dispatcher/response-headers.js';
import type { FetchCall } from './fetch-call.js';
import { FetchHops } from './fetch-hops.js';
import type { FetchResponse, SendFetch } from './fetch-shape.js';
import { isRuntimeFetch } from './runtime-fetch.js';
import { sendFollowed } from './send-followed.js';

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
    const carried = this.#isBound() ? credential : undefined;
    const authorization = carried && authorizationOf(carried);
    const hops = new FetchHops(dispatcher, carried, authorization);
    this.#hops = hops;
    if (replay && !isReplay) call.keepBody();
    if (carried !== undefined && followsItself(call, fetch, carried)) {
      const { scope } = this.#route;
      const headers = { credential: carried, authorization };
      return sendWithHeaders({ call, fetch, scope, hops, isReplay, ...headers });
    }
    const header = goesByHops(call, fetch) ? undefined : authorization;
    return fetch(call.input, call.init({ authorization: header, dispatcher: hops }, isReplay));
  }

  /** Only an origin in scope can refuse the credential. */
  isRejected(response: FetchResponse, credential: Credential): boolean {
    return (
      isRefusedStatus(response.status, this.#route.refusedStatuses) &&
      !this.#hops?.hasLeftScope &&
      this.#carriesOurs(credential) &&
      this.#route.scope.includes(response.redirected ? response.url : this.#call.url)
    );
  }

  /** Not where the caller has set all headers that the credential has: then a refusal says nothing about that. */
  #carriesOurs(credential: Credential): boolean {
    return (
      credential.headers === undefined ||
      carriesHeadersOf(credential, (key) => this.#call.sets(key))
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

  discard(response: FetchResponse): void {
    discardAnswer(response);
  }

  describe({ status, headers }: FetchResponse): Refusal {
    return { status, headers: describeHeaders(headers) };
  }
}

function discardAnswer({ headers, body }: FetchResponse): void {
  const stream = body as ReadableStream | null;
  if (typeof stream?.cancel !== 'function') return;
  const { 'content-length': length } = Object.fromEntries(headers);
  const isShort = length !== undefined && Number(length) <= maxDiscardedBytes;
  (isShort ? stream.pipeTo(new WritableStream()) : stream.cancel()).catch(() => {});
}

/** A kept connection broke under a call that may be made once more. What fetch says is only that it has failed. */
export function mayResend(call: FetchCall, error: unknown): boolean {
  const { cause } = (error ?? {}) as { readonly cause?: unknown };
  return brokeWhenKept(cause ?? error) && call.isRepeatable();
}

/** Sends the call with what the caller has not set of the headers of a credential, and follows its redirects. */
export function sendWithHeaders({
  credential,
  authorization,
  ...more
}: CallWithHeaders): Promise<FetchResponse> {
  const others = otherHeadersOf(credential).filter(({ key }) => !more.call.sets(key));
  return sendFollowed({ ...more, ours: { authorization, others }, discard: discardAnswer });
}

interface CallWithHeaders {
  readonly call: FetchCall;
  readonly fetch: SendFetch;
  readonly scope: OriginScope;
  readonly hops: FetchHops;
  readonly isReplay: boolean;
  readonly credential: Credential;
  /** None where the caller has set its own. */
  readonly authorization: string | undefined;
}

/** Whether the redirects of a call have to be followed here, because fetch would take along what is not for everybody. */
export function followsItself(call: FetchCall, fetch: SendFetch, { headers }: Credential): boolean {
  return (headers !== undefined || isRuntimeFetch(fetch)) && !goesByHops(call, fetch);
}

/** Whether each hop of a call gets its headers where it is dispatched. */
function goesByHops(call: FetchCall, fetch: unknown): boolean {
  return dispatchesHops(fetch) && !call.hasDispatcher;
}

/**
 * Whether `fetch` is known to dispatch by what it is told to, so that each hop gets its header there: fetch would look at it
 * letter by letter, which takes longer than all that the binding does.
 */
function dispatchesHops(fetch: unknown): boolean {
  return fetch === undici.fetch;
}

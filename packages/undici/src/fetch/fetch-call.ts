import { type CredentialHeader, isRepeatable, snapshotBody } from '@keyturn/core/binding';
import { isPolluted, withoutInherited } from '../dispatcher/inherited-options.js';
import { isActiveMock } from '../dispatcher/programs-mock.js';
import { isReplayableBody } from '../dispatcher/replayable-body.js';
import { isAuthorization } from '../dispatcher/request-headers.js';
import { type BodyCopy, copyBody } from './body-copy.js';
import { coverInherited, readInit, readTarget } from './fetch-input.js';
import type { FetchInit, FetchInput, FetchRequest } from './fetch-shape.js';

/** What an attempt adds to a call. */
export interface FetchAttempt {
  readonly authorization?: string | undefined;
  /** Headers that the caller has not set. */
  readonly others?: readonly CredentialHeader[] | undefined;
  readonly dispatcher: object;
}

type HeaderPairs = readonly (readonly [string, unknown])[];

/** A request of a chain of redirects, as the caller means it. */
export interface FetchHop {
  readonly url: string;
  readonly method: string;
  readonly hasBody: boolean;
  readonly pairs: HeaderPairs;
}

const noPairs: HeaderPairs = [];
const none: readonly CredentialHeader[] = [];

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/**
 * One call of fetch, which can be made more than once: all that the caller gave is read when the call is made, and stays
 * as it was.
 */
export class FetchCall {
  /** What is judged, and what is asked for. */
  readonly url: string;
  readonly input: string | FetchRequest;
  readonly #init: Writable<FetchInit>;
  readonly #pairs: HeaderPairs | undefined;
  #copy: BodyCopy | undefined;

  /** @param fetch that will be called */
  constructor(input: FetchInput, init: FetchInit | undefined, fetch: unknown) {
    const target = readTarget(input, fetch);
    this.url = target.url;
    this.input = target.input;
    this.#init = withoutInherited(readInit(init, target.described));
    const { headers, body } = this.#init;
    if (body !== undefined) this.#init.body = snapshotBody(body);
    const isOfRequest = headers === undefined && isRequest(this.input);
    this.#pairs = headerPairs(isOfRequest ? (this.input as FetchRequest).headers : headers);
  }

  get signal(): AbortSignal | undefined {
    const { signal = isRequest(this.input) ? this.input.signal : undefined } = this.#init;
    return signal ?? undefined;
  }

  /** Whether the caller has chosen who dispatches it. */
  get hasDispatcher(): boolean {
    return Boolean(this.#init.dispatcher);
  }

  /** Has a call in clear text go past the dispatcher of the caller: most of them are proxies. A mock stays. */
  stayHome(): void {
    const { dispatcher } = this.#init;
    if (!dispatcher || !this.url.startsWith('http:')) return;
    if (!isActiveMock(dispatcher)) this.#init.dispatcher = undefined;
  }

  /** Whether the caller says who is asking. */
  get bringsItsOwn(): boolean {
    return this.#pairs?.some(([name]) => isAuthorization(name)) ?? false;
  }

  /** Whether the caller has set a header of this name in lower case. */
  sets(key: string): boolean {
    return this.#pairs?.some(([name]) => String(name).toLowerCase() === key) ?? false;
  }

  /** Whether only a copy of the body could be sent again. */
  get mayCopy(): boolean {
    return isRequest(this.input) && !this.#hasBody;
  }

  /** Begins to keep the body, where that is needed. */
  keepBody(): void {
    if (isRequest(this.input) && !this.#hasBody) this.#copy = copyBody(this.input);
  }

  /** Whether redirects are to be followed. */
  get follows(): boolean {
    const { redirect = isRequest(this.input) ? this.input.redirect : undefined } = this.#init;
    return redirect === undefined || redirect === 'follow';
  }

  get firstHop(): FetchHop {
    const hasBody = this.#hasBody || (isRequest(this.input) && Boolean(this.input.body));
    const pairs = (this.#pairs ?? noPairs).map(([name, value]) => [String(name), value] as const);
    return { url: this.url, method: this.#method, hasBody, pairs };
  }

  /** Whether it can be made once more, whole. */
  canReplay(): boolean {
    if (this.#hasBody) return isReplayableBody(this.#init.body);
    return !isRequest(this.input) || !this.input.body || this.#copy?.isWhole === true;
  }

  /** Whether it may be made once more, whole, where nobody knows what has become of it. */
  isRepeatable(): boolean {
    const names = (this.#pairs ?? noPairs).map(([name, value]) => [
      String(name).toLowerCase(),
      value,
    ]);
    return isRepeatable(this.#method, Object.fromEntries(names)) && this.canReplay();
  }

  /** Lets go of the copy. */
  release(): void {
    this.#copy?.discard();
  }

  /** Returns the options to call fetch with. */
  init({ authorization, others = none, dispatcher }: FetchAttempt, isReplay: boolean): FetchInit {
    const init = { ...this.#init };
    if (isPolluted()) coverInherited(withoutInherited(init), this.input);
    const own = this.#pairs;
    // Read once, because they may come from an iterator; what is no headers, fetch itself is to refuse.
    if (own !== undefined && (authorization !== undefined || others.length > 0)) {
      init.headers = withHeaders(own, authorization, others);
    } else if (own !== undefined && own !== noPairs) init.headers = own;
    if (!this.hasDispatcher) init.dispatcher = dispatcher;
    if (isReplay && this.#copy !== undefined) init.body = this.#copy.bytes;
    return init;
  }

  /** Returns the options for a later hop of its redirects. A body is sent again whole. */
  hopInit({ method, hasBody, pairs }: FetchHop, attempt: FetchAttempt): FetchInit {
    const { authorization, others = none, dispatcher } = attempt;
    const init: Writable<FetchInit> = {
      ...this.#init,
      method,
      headers: withHeaders(pairs, authorization, others),
      body: undefined,
      signal: this.signal,
    };
    if (hasBody) init.body = this.#hasBody ? this.#init.body : this.#copy?.bytes;
    if (!this.hasDispatcher) init.dispatcher = dispatcher;
    return init;
  }

  get #method(): string {
    const { method = isRequest(this.input) ? this.input.method : 'GET' } = this.#init;
    return String(method).toUpperCase();
  }

  get #hasBody(): boolean {
    return this.#init.body !== undefined && this.#init.body !== null;
  }
}

function isRequest(input: string | FetchRequest): input is FetchRequest {
  return typeof input === 'object';
}

function headerPairs(headers: unknown): HeaderPairs | undefined {
  if (headers === undefined) return noPairs;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const pairs =
    Symbol.iterator in headers
      ? [...(headers as Iterable<[string, unknown]>)]
      : Object.entries(headers);
  return pairs.map(copyPair);
}

function withHeaders(
  pairs: HeaderPairs,
  authorization: string | undefined,
  others: readonly CredentialHeader[],
): HeaderPairs | Record<string, string> {
  // fetch reads a plain object faster than pairs.
  if (pairs.length === 0 && authorization !== undefined && others.length === 0) {
    return { authorization };
  }
  const ours = others.map(({ name, value }) => [name, value] as const);
  return authorization === undefined
    ? [...pairs, ...ours]
    : [...pairs, ['Authorization', authorization], ...ours];
}

/** What is no pair, fetch itself is to refuse. */
function copyPair(pair: readonly [string, unknown]): readonly [string, unknown] {
  if (!Array.isArray(pair) || pair.length !== 2) return pair;
  const [name, value] = pair;
  return [name, typeof value === 'object' ? String(value) : value];
}

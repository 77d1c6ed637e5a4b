import { isAuthorization } from './authorization-header.js';
import { type BodyCopy, copyBody } from './body-copy.js';
import { type FetchInit, type FetchInput, isRequest } from './fetch-shape.js';
import { isReplayableBody } from './replayable-body.js';

/** What an attempt adds to a call. */
export interface FetchAttempt {
  readonly token?: string | undefined;
  readonly dispatcher: object;
}

type HeaderPairs = readonly [string, unknown][];

const noInit: FetchInit = {};

const noPairs: HeaderPairs = [];

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

const initNames = [
  ...['method', 'headers', 'body', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache'],
  ...['redirect', 'integrity', 'keepalive', 'signal', 'window', 'duplex', 'dispatcher', 'priority'],
];

/** One call of fetch, which can be made more than once. What the caller gave stays as it was. */
export class FetchCall {
  readonly url: string | URL;
  readonly input: FetchInput;
  readonly #init: FetchInit;
  #pairs: HeaderPairs | undefined;
  #copy: BodyCopy | undefined;

  constructor(input: FetchInput, init: FetchInit | undefined) {
    this.url = isRequest(input) ? input.url : input;
    this.input = input;
    this.#init = init ?? noInit;
  }

  get signal(): AbortSignal | undefined {
    const { signal = isRequest(this.input) ? this.input.signal : undefined } = this.#init;
    return signal ?? undefined;
  }

  /** Whether the caller has chosen who dispatches it. */
  get hasDispatcher(): boolean {
    return Boolean(this.#init.dispatcher);
  }

  /** Whether the caller says who is asking. */
  get bringsItsOwn(): boolean {
    return this.#readHeaders()?.some(([name]) => isAuthorization(name)) ?? false;
  }

  /** Whether only a copy of the body could be sent again. */
  get mayCopy(): boolean {
    return isRequest(this.input) && !this.#hasBody;
  }

  /** Begins to keep the body, where that is needed. */
  keepBody(): void {
    if (isRequest(this.input) && !this.#hasBody) this.#copy = copyBody(this.input);
  }

  /** Whether it can be made once more, whole. */
  canReplay(): boolean {
    if (this.#hasBody) return isReplayableBody(this.#init.body);
    return !isRequest(this.input) || !this.input.body || this.#copy?.isWhole === true;
  }

  /** Lets go of the copy. */
  release(): void {
    this.#copy?.discard();
  }

  /** Returns the options to call fetch with. */
  init({ token, dispatcher }: FetchAttempt, isReplay: boolean): FetchInit {
    const init: Writable<FetchInit> = {
      headers: undefined,
      dispatcher: undefined,
      ...(this.#init === noInit ? undefined : copyInit(this.#init)),
    };
    const own = this.#pairs;
    // Read once, because they may come from an iterator; what is no headers, fetch itself is to refuse.
    if (own !== undefined && token !== undefined) init.headers = withToken(own, token);
    else if (own !== undefined && own !== noPairs) init.headers = own;
    if (!this.hasDispatcher) init.dispatcher = dispatcher;
    if (isReplay && this.#copy !== undefined) init.body = this.#copy.bytes;
    return init;
  }

  get #hasBody(): boolean {
    return this.#init.body !== undefined && this.#init.body !== null;
  }

  #readHeaders(): HeaderPairs | undefined {
    const { headers } = this.#init;
    const given = headers === undefined && isRequest(this.input) ? this.input.headers : headers;
    this.#pairs ??= headerPairs(given);
    return this.#pairs;
  }
}

function headerPairs(headers: unknown): HeaderPairs | undefined {
  if (headers === undefined) return noPairs;
  if (typeof headers !== 'object' || headers === null) return undefined;
  return Symbol.iterator in headers
    ? [...(headers as Iterable<[string, unknown]>)]
    : Object.entries(headers);
}

function withToken(pairs: HeaderPairs, token: string): HeaderPairs | Record<string, string> {
  const authorization = `Bearer ${token}`;
  // fetch reads a plain object faster than pairs.
  return pairs.length === 0 ? { authorization } : [...pairs, ['Authorization', authorization]];
}

/** Copies the options; those of a Request in their place are getters, which spreading would miss. */
function copyInit(init: FetchInit): FetchInit {
  if (Object.getPrototypeOf(init) === Object.prototype) return init;
  const given = initNames.map((name) => [name, Reflect.get(init, name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

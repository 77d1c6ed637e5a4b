import type { OriginScope } from '@keyturn/core/binding';
import type { FetchAttempt, FetchCall, FetchHop } from './fetch-call.js';
import type { FetchHops } from './fetch-hops.js';
import type { FetchResponse, SendFetch } from './fetch-shape.js';

export interface FollowedCall {
  readonly fetch: SendFetch;
  readonly call: FetchCall;
  readonly scope: OriginScope;
  /** Dispatches the hops where fetch takes a dispatcher, and remembers in any case whether one has left the scope. */
  readonly hops: FetchHops;
  /** What the hops within the scope add to the call. */
  readonly ours: Omit<FetchAttempt, 'dispatcher'>;
  readonly isReplay: boolean;
  /** Frees an answer that leads on. */
  readonly discard: (response: FetchResponse) => void;
}

/** As fetch has it. */
const maxRedirects = 20;

/**
 * Sends a call whose redirects are followed here, because it carries headers that fetch would take along wherever they lead: what
 * it takes off for another origin is the Authorization alone.
 * @throws {TypeError} where a redirect leads nowhere, as fetch does.
 */
export async function sendFollowed(followed: FollowedCall): Promise<FetchResponse> {
  const { fetch, call, scope, hops, ours, isReplay, discard } = followed;
  const dispatcher = hops;
  const first = call.init({ ...ours, dispatcher }, isReplay);
  if (!call.follows) return fetch(call.input, first);
  let hop = call.firstHop;
  let response = await fetch(call.input, { ...first, ...followNone });
  for (let redirects = 0; ; redirects += 1) {
    const next = nextHop(hop, response);
    if (next === undefined) return redirects === 0 ? response : asRedirected(response);
    discard(response);
    if (redirects === maxRedirects) throw failure('It redirects too often.');
    if (next.hasBody && !call.canReplay()) throw failure('Its body cannot be sent again.');
    hop = next;
    const isOurs = hops.credentialFor(scope.includes(hop.url)) !== undefined;
    const init = call.hopInit(hop, isOurs ? { ...ours, dispatcher } : { dispatcher });
    response = await fetch(hop.url, { ...init, ...followNone });
  }
}

const followNone = { redirect: 'manual' } as const;

const leadingOn: readonly number[] = [301, 302, 303, 307, 308];

/** What describes a body that is not sent on. */
const bodyNames = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-type',
];

/** What fetch takes off for another origin. */
const ownNames = ['authorization', 'cookie', 'host', 'proxy-authorization'];

/** Returns where an answer leads, by the rules of fetch; undefined where it leads nowhere. */
function nextHop(hop: FetchHop, { status, headers }: FetchResponse): FetchHop | undefined {
  const location = leadingOn.includes(status) ? new Map(headers).get('location') : undefined;
  if (location === undefined) return undefined;
  const url = urlOf(location, hop.url);
  const becomesGet = status === 303 ? !/^(?:GET|HEAD)$/.test(hop.method) : isOldPost(hop, status);
  const dropped = [
    ...(becomesGet ? bodyNames : []),
    ...(url.origin === new URL(hop.url).origin ? [] : ownNames),
  ];
  return {
    url: url.href,
    method: becomesGet ? 'GET' : hop.method,
    hasBody: hop.hasBody && !becomesGet,
    pairs: hop.pairs.filter(([name]) => !dropped.includes(name.toLowerCase())),
  };
}

function isOldPost({ method }: FetchHop, status: number): boolean {
  return method === 'POST' && status < 303;
}

function urlOf(location: string, from: string): URL {
  const base = new URL(from);
  const url = read(location, base);
  if (!/^https?:$/.test(url.protocol)) throw failure('It leads to another scheme.');
  if (url.hash === '') url.hash = base.hash;
  return url;
}

function read(location: string, base: URL): URL {
  try {
    return new URL(location, base);
  } catch (error) {
    throw new TypeError('fetch failed', { cause: error });
  }
}

/** As fetch says it. */
function failure(reason: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(`A redirect fails. ${reason}`) });
}

/** The answer has its last URL by itself. */
function asRedirected(response: FetchResponse): FetchResponse {
  return Object.defineProperty(response, 'redirected', { value: true, configurable: true });
}

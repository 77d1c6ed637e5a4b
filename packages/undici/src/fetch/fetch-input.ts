import { memberOf } from '@keyturn/core/binding';
import * as undici from 'undici';
import type { FetchInit, FetchInput, FetchRequest } from './fetch-shape.js';

/** What was asked for, as it was when the call was made. */
export interface FetchTarget {
  /** What is judged, and what is asked for. */
  readonly url: string;
  /** What goes to fetch: a Request, of which nothing but the headers can change, or the URL. */
  readonly input: string | FetchRequest;
  /** What says the rest where the caller gave an object that only looks like a Request. */
  readonly described?: object;
}

/**
 * Reads what fetch is to be called with, once. What looks like a Request and is none of this fetch could say another URL
 * when it is asked again, so it is taken apart.
 */
export function readTarget(input: FetchInput, fetch: unknown): FetchTarget {
  if (typeof input !== 'object' || input === null) return { url: input, input };
  const url = requestUrl(input, fetch);
  if (url !== undefined) return { url, input: input as FetchRequest };
  const named = input instanceof URL ? undefined : memberOf(input, 'url');
  if (typeof named === 'string') return { url: named, input: named, described: input };
  // As fetch itself does it.
  const text = String(input);
  return { url: text, input: text };
}

/** The URL of a real Request that `fetch` takes as one, whatever stands on the object itself. */
function requestUrl(input: object, fetch: unknown): string | undefined {
  if (input instanceof URL) return undefined;
  for (const { prototype } of requestsOf(fetch)) {
    const read = Object.getOwnPropertyDescriptor(prototype, 'url')?.get;
    try {
      return Reflect.apply(read as () => string, input, []);
    } catch {
      // It is none of this class, whatever it inherits from.
    }
  }
  return undefined;
}

/** Which of them a function around a fetch takes, nobody can tell. */
function requestsOf(fetch: unknown): readonly { readonly prototype: object }[] {
  if (fetch === undici.fetch) return [undici.Request];
  if (fetch === globalThis.fetch) return [globalThis.Request];
  return [undici.Request, globalThis.Request];
}

/** What fetch takes for an option that is missing. It looks for some in objects of its own, where ours cannot help. */
const initDefaults = {
  method: 'GET',
  headers: [],
  body: null,
  referrer: 'about:client',
  referrerPolicy: '',
  mode: 'cors',
  credentials: 'same-origin',
  cache: 'default',
  redirect: 'follow',
  integrity: '',
  keepalive: false,
  signal: null,
  window: null,
  duplex: 'half',
  dispatcher: undefined,
  priority: 'auto',
} as const;

type InitName = keyof typeof initDefaults;

const initNames = Object.keys(initDefaults) as InitName[];

/**
 * Says in `init`, which is ours, what fetch would else find on Object.prototype.
 * @param input whose options are those of the call, where it is a Request
 */
export function coverInherited<Init extends FetchInit>(
  init: Init,
  input: string | FetchRequest,
): Init {
  const names = initNames.filter((name) => name in Object.prototype && !isGiven(init, name));
  for (const name of names) {
    // Without one of its own, a call has the body of its Request.
    const given = typeof input === 'string' || name === 'body' ? undefined : memberOf(input, name);
    const value = given ?? initDefaults[name];
    Object.defineProperty(init, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return init;
}

/** Whoever copies an `undefined` may leave it out. */
function isGiven(init: FetchInit, name: InitName): boolean {
  return Object.hasOwn(init, name) && Reflect.get(init, name) !== undefined;
}

/** Reads the options of a call, once. Those of a Request in their place are getters, which spreading would miss. */
export function readInit(init: FetchInit | undefined, described?: object): FetchInit {
  if (described === undefined && (init === undefined || isPlain(init))) {
    return { headers: undefined, dispatcher: undefined, ...init };
  }
  const room = { headers: undefined, dispatcher: undefined };
  return { ...room, ...membersOf(described ?? {}), ...membersOf(init ?? {}) };
}

function isPlain(init: object): boolean {
  const prototype = Object.getPrototypeOf(init);
  return prototype === Object.prototype || prototype === null;
}

function membersOf(init: object): FetchInit {
  const given = initNames.map((name) => [name, memberOf(init, name)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

import type { RequestOptions } from 'node:https';
import type { ClientIdentity } from './client-identity.js';

const identityKey = Symbol('keyturn.identity');
const nameKey = Symbol('keyturn.name');
const proceedKey = Symbol('keyturn.proceed');

/** The options of a request or a connection, as Node's agent copies them from one to the other. */
interface TaggedOptions extends RequestOptions {
  [identityKey]?: ClientIdentity | undefined;
  [nameKey]?: string;
  [proceedKey]?: () => void;
}

/**
 * Has `options` carry `identity`, or nothing, from the request to its connection.
 *
 * They are the copy that every ClientRequest makes for its agent; to copy them once more costs as much as all else that
 * an agent does for a request.
 */
export function tag(options: RequestOptions, identity: ClientIdentity | undefined): RequestOptions {
  const tagged: TaggedOptions = options;
  if (tagged[identityKey] === identity && isTagged(tagged)) return tagged;
  if (!Object.isExtensible(tagged)) return { ...tagged, [identityKey]: identity } as RequestOptions;
  tagged[identityKey] = identity;
  return tagged;
}

export function identityIn(options: RequestOptions | undefined): ClientIdentity | undefined {
  return (options as TaggedOptions | undefined)?.[identityKey];
}

/** Whether somebody of ours has decided who goes out with `options`. */
export function isTagged(options: RequestOptions): boolean {
  return identityKey in options;
}

/** Has whoever serves a request with `options` go on by `proceed`, as another agent holds the request. */
export function tagProceed(options: RequestOptions, proceed: () => void): RequestOptions {
  return { ...options, [proceedKey]: proceed } as RequestOptions;
}

export function proceedIn(options: RequestOptions): (() => void) | undefined {
  return (options as TaggedOptions)[proceedKey];
}

/** Returns the pool name that was found for `options` before, or finds it. The agent asks three times per request. */
export function nameOnce(options: RequestOptions, find: () => string): string {
  const tagged: TaggedOptions = options;
  tagged[nameKey] ??= find();
  return tagged[nameKey];
}

import { inheritedNames, memberOf } from '@keyturn/core/binding';
import type { AxiosCopy } from './axios-copy.js';
import type { Adapter, RequestConfig } from './axios-shape.js';
import { overHttp } from './over-http.js';

/**
 * Returns the adapter for a request that may travel in clear text because it stays on this machine: `adapter` itself, but
 * for that of fetch where fetch would hand the request to a dispatcher that may be a proxy, as it does with
 * NODE_USE_ENV_PROXY. There is no telling fetch to go straight; the http adapter can be told.
 */
export function homeAdapter(copy: AxiosCopy, adapter: Adapter, config: RequestConfig): Adapter {
  return takesFetch(copy, adapter, config) && !goesStraight(config) ? overHttp(copy) : adapter;
}

/**
 * Returns the adapter for a request with the credential: `adapter` itself, but for that of fetch while something stands on
 * Object.prototype. Whatever options axios makes, fetch would find a dispatcher there, and its connections a socket.
 * @param hasHeaders whether it carries headers that fetch would take along to wherever a redirect leads, out of our sight. Then it
 * goes over http, unless a dispatcher or a mock of the caller's connects it: fetch follows no redirect then.
 */
export function shieldedAdapter(
  copy: AxiosCopy,
  adapter: Adapter,
  config: RequestConfig,
  hasHeaders: boolean,
): Adapter {
  if (!takesFetch(copy, adapter, config)) return adapter;
  const hidesHops = hasHeaders && !hasDispatcher(config) && !isMocked();
  return hidesHops || inheritedNames().length > 0 ? overHttp(copy) : adapter;
}

/** Whether fetch is told how to connect by somebody else: past that there may be no way, or one that trusts nobody. */
export function hasDispatcher(config: object): boolean {
  const options = memberOf(config, 'fetchOptions') as object | undefined;
  return Boolean(options && memberOf(options, 'dispatcher'));
}

/** Whether `adapter` is that of fetch, and fetch not one of the caller's own. */
export function takesFetch(copy: AxiosCopy, adapter: Adapter, config: RequestConfig): boolean {
  const { env } = config;
  // A fetch of the caller's own is no way of the environment.
  if (env?.fetch !== undefined && env.fetch !== globalThis.fetch) return false;
  return copy.isFetch(adapter, config);
}

/** undici keeps the dispatcher of all fetches here, that of Node included; Node sets another only where it is to be a proxy. */
const globalDispatcher = Symbol.for('undici.globalDispatcher.1');
/** That of undici 8 and Node 26, which leave in the other place what hands on to this one. */
const newerDispatcher = Symbol.for('undici.globalDispatcher.2');

function goesStraight({ fetchOptions }: RequestConfig): boolean {
  if (fetchOptions?.dispatcher) return isStraight(fetchOptions.dispatcher);
  const newer: unknown = Reflect.get(globalThis, newerDispatcher);
  const older: unknown = Reflect.get(globalThis, globalDispatcher);
  const handsOn = Boolean(newer) && older?.constructor.name === 'Dispatcher1Wrapper';
  return isStraight(newer) && (handsOn || isStraight(older));
}

/** Whether the program's own tests answer every fetch, which nothing must go past. */
function isMocked(): boolean {
  return [newerDispatcher, globalDispatcher].some((place) =>
    isMock(Reflect.get(globalThis, place)),
  );
}

function isMock(dispatcher: unknown): boolean {
  return (dispatcher as { readonly isMockActive?: unknown } | undefined)?.isMockActive === true;
}

function isStraight(dispatcher: unknown): boolean {
  if (dispatcher === undefined || dispatcher === null) return true;
  return dispatcher.constructor.name === 'Agent' || isMock(dispatcher);
}

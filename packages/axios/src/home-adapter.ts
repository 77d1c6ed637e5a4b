import { Readable } from 'node:stream';
import { inheritedNames } from '@keyturn/core/binding';
import axios from 'axios';
import type { Adapter, AdapterResponse, RequestConfig } from './axios-shape.js';

/**
 * Returns the adapter for a request that may travel in clear text because it stays on this machine: `adapter` itself, but
 * for that of fetch where fetch would hand the request to a dispatcher that may be a proxy, as it does with
 * NODE_USE_ENV_PROXY. There is no telling fetch to go straight; the http adapter can be told.
 */
export function homeAdapter(adapter: Adapter, config: RequestConfig): Adapter {
  return isFetch(adapter, config) && !goesStraight(config) ? overHttp : adapter;
}

/**
 * Returns the adapter for a request with the credential: `adapter` itself, but for that of fetch while something stands on
 * Object.prototype. Whatever options axios makes, fetch would find a dispatcher there, and its connections a socket.
 */
export function shieldedAdapter(adapter: Adapter, config: RequestConfig): Adapter {
  return isFetch(adapter, config) && inheritedNames().length > 0 ? overHttp : adapter;
}

export function isFetch(adapter: Adapter, { env }: RequestConfig): boolean {
  // A fetch of the caller's own is no way of the environment.
  if (env?.fetch !== undefined && env.fetch !== globalThis.fetch) return false;
  const getAdapter = axios.getAdapter as (name: string, config: object) => unknown;
  return adapter === getAdapter('fetch', { env });
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

function isStraight(dispatcher: unknown): boolean {
  if (dispatcher === undefined || dispatcher === null) return true;
  const { isMockActive } = dispatcher as { readonly isMockActive?: unknown };
  return dispatcher.constructor.name === 'Agent' || isMockActive === true;
}

const overHttp: Adapter = (config) => {
  const http = axios.getAdapter('http') as unknown as Adapter;
  const answer = http(config);
  return config.responseType === 'stream' ? answer.then(asFetchGivesIt, failAsFetch) : answer;
};

/** The adapter of fetch gives a stream of the web. */
function asFetchGivesIt(answer: AdapterResponse): AdapterResponse {
  if (answer.data instanceof Readable) Reflect.set(answer, 'data', Readable.toWeb(answer.data));
  return answer;
}

function failAsFetch(error: unknown): never {
  const { response } = (error ?? {}) as { readonly response?: AdapterResponse };
  if (response !== undefined) asFetchGivesIt(response);
  throw error;
}

import { Readable } from 'node:stream';
import { memberOf, snapshot } from '@keyturn/core/binding';
import { homeAgent, sealingAgent } from '@keyturn/https';
import type { AxiosCopy } from './axios-copy.js';
import type { Adapter, AdapterResponse, RequestConfig } from './axios-shape.js';

/** Returns the adapter of http, which gives what comes as that of fetch would. */
export const overHttp =
  (copy: AxiosCopy): Adapter =>
  (config) => {
    // One of the caller's means nothing to fetch, and what is under way would stand in the configuration that is shown.
    const agent = sealingAgent(config.proxy === false ? homeAgent(undefined) : undefined);
    Reflect.set(config, 'httpAgent', agent);
    const shownAsFetch = new AsFetch(copy, config);
    return copy.resolve('http', config)(config).then(shownAsFetch.answer, shownAsFetch.fail);
  };

/** What has gone over http, by what is shown for it. */
const sentInPlace = new WeakMap<object, unknown>();

/** Returns the request of node:http that was sent where the one of an answer or an error is none, else that itself. */
export function sentFor(request: unknown): unknown {
  return (isObject(request) && sentInPlace.get(request)) || request;
}

/** Has what comes over http look as the adapter of fetch gives it: a Request, which every printer takes, and streams of the web. */
class AsFetch {
  readonly #copy: AxiosCopy;
  readonly #config: RequestConfig;

  constructor(copy: AxiosCopy, config: RequestConfig) {
    this.#copy = copy;
    this.#config = config;
  }

  readonly answer = (answer: AdapterResponse): AdapterResponse => {
    this.#show(answer);
    const isStream = this.#config.responseType === 'stream' && answer.data instanceof Readable;
    if (isStream) Reflect.set(answer, 'data', Readable.toWeb(answer.data as Readable));
    return answer;
  };

  readonly fail = (error: unknown): never => {
    if (isObject(error)) this.#show(error);
    const { response } = (error ?? {}) as { readonly response?: AdapterResponse };
    if (response !== undefined) this.answer(response);
    throw error;
  };

  #show(carrier: object): void {
    const request = memberOf(carrier, 'request');
    if (!isObject(request)) return;
    const { method = 'get' } = this.#config;
    const url = this.#copy.getUri(this.#config);
    // Nothing of Object.prototype, which may be the reason for this way.
    const shown = new Request(url, snapshot({ method: method.toUpperCase() }));
    sentInPlace.set(shown, request);
    Reflect.set(carrier, 'request', shown);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

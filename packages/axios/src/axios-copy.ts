import { errorMonitor } from 'node:events';
import { Readable } from 'node:stream';
import { memberOf } from '@keyturn/core/binding';
import axios, { AxiosError } from 'axios';
import type { Adapter, AdapterResponse, AxiosLike, RequestConfig } from './axios-shape.js';

/**
 * The copy of axios that a client belongs to. A program may have two, of two versions or as ES module and as CommonJS: then
 * the one that its client comes from sends, and makes the errors that the program knows.
 */
export interface AxiosCopy {
  readonly AxiosError: typeof AxiosError;
  /** Undefined where it does not tell. */
  readonly version: string | undefined;
  /** For a configuration that names none. */
  readonly defaultAdapter: unknown;
  /** Its own way from a name, a function or a list of them to the adapter of a request. */
  resolve(adapter: unknown, config: RequestConfig): Adapter;
  /** Its adapters for node:http and for fetch; the latter depends on the configuration. */
  isHttp(adapter: Adapter): boolean;
  isFetch(adapter: Adapter, config: RequestConfig): boolean;
  getUri(config: object): string;
}

/** Returns the copy of `client`; that of this package for what only looks like a client. */
export function copyOf(client: AxiosLike): AxiosCopy {
  const { request } = client.interceptors;
  const isOurs =
    Object.getPrototypeOf(request) === Object.getPrototypeOf(axios.interceptors.request);
  if (isOurs) return ours;
  if (hasStatics(client)) return new StaticCopy(client);
  return typeof (client as Partial<ForeignClient>).create === 'function'
    ? new ForeignCopy(client as unknown as ForeignClient)
    : ours;
}

/** What axios itself has, and clients that it has made have not. */
interface Statics {
  readonly AxiosError: typeof AxiosError;
  readonly VERSION: string;
  readonly defaults: { readonly adapter?: unknown };
  getAdapter(adapter: unknown, config?: object): unknown;
  getUri(config: object): string;
}

function hasStatics(client: object): client is Statics {
  const { getAdapter, AxiosError: errors } = client as Partial<Statics>;
  return typeof getAdapter === 'function' && typeof errors === 'function';
}

class StaticCopy implements AxiosCopy {
  readonly #axios: Statics;
  #http: unknown;

  constructor(statics: Statics) {
    this.#axios = statics;
  }

  get AxiosError(): typeof AxiosError {
    return this.#axios.AxiosError;
  }

  get version(): string {
    return this.#axios.VERSION;
  }

  get defaultAdapter(): unknown {
    return this.#axios.defaults.adapter;
  }

  resolve(adapter: unknown, config: RequestConfig): Adapter {
    return this.#axios.getAdapter(adapter, config) as Adapter;
  }

  isHttp(adapter: Adapter): boolean {
    this.#http ??= this.#axios.getAdapter('http');
    return adapter === this.#http;
  }

  isFetch(adapter: Adapter, { env }: RequestConfig): boolean {
    return adapter === this.#axios.getAdapter('fetch', { env });
  }

  getUri(config: object): string {
    return this.#axios.getUri(config);
  }
}

const ours: AxiosCopy = new StaticCopy(axios as unknown as Statics);

/** What a client of another copy can be asked for. */
interface ForeignClient {
  create(): ForeignClient;
  request(config: object): Promise<AdapterResponse>;
  getUri(config: object): string;
  readonly interceptors: {
    readonly request: {
      use(onConfig: () => unknown, onError: undefined, options: object): number;
    };
  };
}

/** A copy of which only a client is known: its adapters are reached through another client, which does nothing else. */
class ForeignCopy implements AxiosCopy {
  readonly version = undefined;
  readonly defaultAdapter: readonly string[] = ['xhr', 'http', 'fetch'];
  readonly #courier: ForeignClient;
  #AxiosError: typeof AxiosError = AxiosError;
  #next: RequestConfig | undefined;
  readonly #http: Adapter = (config) => this.#send(config, 'http');
  readonly #fetch: Adapter = (config) => this.#send(config, 'fetch');

  constructor(client: ForeignClient) {
    this.#courier = client.create();
    // What it says of an adapter that does not exist is an error of its kind.
    this.#courier.request({ url: '/', adapter: 'keyturn' }).catch((error: Error) => {
      this.#AxiosError = error.constructor as typeof AxiosError;
    });
    this.#courier.interceptors.request.use(this.#takeNext, undefined, { synchronous: true });
  }

  get AxiosError(): typeof AxiosError {
    return this.#AxiosError;
  }

  resolve(adapter: unknown): Adapter {
    for (const each of [adapter].flat()) {
      if (typeof each === 'function') return each as Adapter;
      if (/^http$/i.test(String(each))) return this.#http;
      if (/^fetch$/i.test(String(each))) return this.#fetch;
    }
    return (config) => this.#send(config, adapter);
  }

  isHttp(adapter: Adapter): boolean {
    return adapter === this.#http;
  }

  isFetch(adapter: Adapter): boolean {
    return adapter === this.#fetch;
  }

  getUri(config: object): string {
    return this.#courier.getUri(config);
  }

  // There is a credential in it, which is not to be kept.
  readonly #takeNext = (): RequestConfig | undefined => {
    const next = this.#next;
    this.#next = undefined;
    return next;
  };

  /** Sends `config`, which comes back with the answer or the error, and as it was. */
  async #send(config: RequestConfig, adapter: unknown): Promise<AdapterResponse> {
    const given: Record<string, unknown> = {};
    for (const name of notAgain) given[name] = Reflect.get(config, name);
    let sent: unknown;
    // The client has made a text of the body already; here is the one place that shows what becomes of the configuration.
    const transformRequest = [
      function note(this: unknown, data: unknown) {
        sent = this;
        return data;
      },
    ];
    Object.assign(config, { transformRequest, transformResponse: undefined, adapter });
    this.#next = config;
    const giveBack = (carrier: unknown): void => referTo(config, sent, carrier);
    try {
      const answer = await this.#courier.request({ url: '/' });
      giveBack(answer);
      if (answer.data instanceof Readable) answer.data.on(errorMonitor, giveBack);
      return answer;
    } catch (error) {
      giveBack(error);
      throw error;
    } finally {
      Object.assign(config, given);
    }
  }
}

/** What is done once, by the client, or leads back to us. */
const notAgain = ['transformRequest', 'transformResponse', 'adapter'] as const;

/** Has what refers to `sent`, which later versions copy a configuration to, refer to `config`. */
function referTo(config: RequestConfig, sent: unknown, carrier: unknown): void {
  if (typeof carrier !== 'object' || carrier === null) return;
  if (memberOf(carrier, 'config') === sent) Reflect.set(carrier, 'config', config);
  for (const name of ['response', 'cause']) referTo(config, sent, memberOf(carrier, name));
}

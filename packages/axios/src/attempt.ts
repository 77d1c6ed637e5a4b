import { errorMonitor } from 'node:events';
import { Readable } from 'node:stream';
import type { Credential, OriginScope, Refusal } from '@keyturn/core/binding';
import { hideRequest } from '@keyturn/https/bind';
import type { Adapter, AdapterResponse, RedirectOptions, RequestConfig } from './axios-shape.js';
import { concealSentRequest, deleteAuthorization } from './conceal-sent-request.js';
import { copyConfig } from './copy-config.js';

/** How an attempt ended, where the server answered. */
export interface Outcome {
  readonly response: AdapterResponse;
  /** Present where the adapter rejected because of the status. */
  readonly error?: unknown;
  /** Whether an origin in scope refused the credential. */
  readonly isRefusal: boolean;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** One sending of a request with one credential. */
export class Attempt {
  readonly #config: RequestConfig;
  readonly #sent: Writable<RequestConfig>;
  readonly #scope: OriginScope;
  #authorization: string | undefined;
  #isInScope = true;

  /**
   * @param changes to the configuration beside the header
   * @param credential undefined: the request brings its own, or goes without
   */
  constructor(
    config: RequestConfig,
    changes: Partial<RequestConfig>,
    scope: OriginScope,
    credential?: Credential,
  ) {
    this.#config = config;
    this.#scope = scope;
    this.#sent = copyConfig(config, changes);
    if (credential !== undefined) this.#authorize(credential);
  }

  // Not async: at this rate each promise shows.
  run(adapter: Adapter): Promise<Outcome> {
    let sent: Promise<AdapterResponse>;
    try {
      sent = adapter(this.#sent);
    } catch (error) {
      sent = Promise.reject(error);
    }
    return sent.then(
      (response) => this.#answered(response),
      (error) => this.#failed(error),
    );
  }

  #answered(response: AdapterResponse): Outcome {
    this.#clean(response);
    return { response, isRefusal: this.#isRefusal(response) };
  }

  #failed(error: unknown): Outcome {
    this.#clean(error);
    const { response } = (error ?? {}) as { readonly response?: AdapterResponse };
    if (response?.status !== 401) throw error;
    return { response, error, isRefusal: this.#isRefusal(response) };
  }

  #authorize({ token }: Credential): void {
    this.#sent.beforeRedirect = this.#onRedirect;
    if (token === undefined) return;
    this.#authorization = `Bearer ${token}`;
    const headers = copyHeaders(this.#config.headers);
    // Its set() would search the token for what cannot stand in a header, which the core has done already.
    headers['Authorization'] = this.#authorization;
    this.#sent.headers = headers;
  }

  /** A 401 from where a redirect has led out of scope says nothing about our credential. */
  #isRefusal({ status }: AdapterResponse): boolean {
    return status === 401 && this.#isInScope;
  }

  // follow-redirects keeps the header for a subdomain and for the way from http to https; the scope is the judge here.
  readonly #onRedirect = (options: RedirectOptions, ...details: readonly unknown[]): void => {
    const { href = '', headers = {} } = options;
    deleteAuthorization(headers);
    this.#isInScope = this.#scope.includes(href);
    if (this.#isInScope && this.#authorization !== undefined) {
      headers['Authorization'] = this.#authorization;
    }
    this.#config.beforeRedirect?.(options, ...details);
  };

  /** Gives an answer or an error the caller's configuration back, and hides the request, which holds the header. */
  #clean(carrier: unknown): void {
    if (typeof carrier !== 'object' || carrier === null) return;
    const { config, response, data } = carrier as Record<string, unknown>;
    if (config === this.#sent) Reflect.set(carrier, 'config', this.#config);
    concealSentRequest(carrier);
    this.#clean(response);
    if (!(data instanceof Readable)) return;
    // An answer of node:http refers to its request; an error that comes while it is read, to the configuration.
    for (const name of ['req', 'socket', 'client']) hideRequest(data, name);
    data.on(errorMonitor, (error) => this.#clean(error));
  }
}

/** Copies headers as they are. Their own `concat()` reads every name and value again as if they came from a caller. */
function copyHeaders(headers: RequestConfig['headers']): Record<string, unknown> & typeof headers {
  return Object.assign(Object.create(Object.getPrototypeOf(headers)), headers);
}

/** Ends as the adapter ended. */
export function settle(outcome: Outcome): AdapterResponse {
  if ('error' in outcome) throw outcome.error;
  return outcome.response;
}

/** Frees a refused answer that nobody will read. */
export function discardOutcome({ response: { data } }: Outcome): void {
  if (data instanceof Readable) data.destroy();
  else if (data instanceof ReadableStream) data.cancel().catch(() => {});
}

export function refusalOf({ response: { status, headers } }: Outcome): Refusal {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => [
    name.toLowerCase(),
    [value].flat().map(String),
  ]);
  return { status, headers: Object.fromEntries(lines) };
}

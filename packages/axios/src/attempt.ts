import { errorMonitor } from 'node:events';
import { Readable } from 'node:stream';
import {
  authorizationOf,
  type Credential,
  type CredentialHeader,
  isSetIn,
  memberOf,
  type OriginScope,
  otherHeadersOf,
} from '@keyturn/core/binding';
import { noteSecretName } from '@keyturn/https';
import type { Adapter, AdapterResponse, RedirectOptions, RequestConfig } from './axios-shape.js';
import { copyConfig, copyHeaders } from './copy-config.js';
import type { CredentialTransport } from './credential-transport.js';
import { sentFor } from './over-http.js';
import { deleteHeader, redactSentRequest } from './redact-sent-request.js';

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

/** What the caller asks for. */
export interface Call {
  /** The caller's own configuration, which it may change. */
  readonly config: RequestConfig;
  /** The snapshot of it that was judged. */
  readonly judged: RequestConfig;
}

/** What the hops of a redirect are judged and sent by. */
export interface AttemptRoute {
  readonly scope: OriginScope;
  readonly transport: CredentialTransport;
}

/** One sending of a request with one credential. */
export class Attempt {
  /** The caller's, to be given back with what comes of it. */
  readonly #config: RequestConfig;
  readonly #judged: RequestConfig;
  readonly #sent: Writable<RequestConfig>;
  readonly #route: AttemptRoute;
  #isOurs = false;
  #authorization: string | undefined;
  /** What else it carries of ours. */
  #others: readonly CredentialHeader[] = none;
  #isInScope: boolean;

  /**
   * @param call what the caller asks for, and the snapshot of it
   * @param changes to the configuration beside the header
   * @param isInScope whether the request itself goes where the credential may go
   */
  constructor(
    { config, judged }: Call,
    changes: Partial<RequestConfig>,
    route: AttemptRoute,
    isInScope: boolean,
  ) {
    this.#config = config;
    this.#judged = judged;
    this.#route = route;
    this.#isInScope = isInScope;
    this.#sent = copyConfig(judged, changes);
    this.#sent.headers = copyHeaders(judged.headers);
    if (isInScope) this.#sent.beforeRedirect = this.#onRedirect;
  }

  /** Whether every hop so far went where the credential may go. */
  get isInScope(): boolean {
    return this.#isInScope;
  }

  /** Whether it carries a header of ours. */
  get carriesOurs(): boolean {
    return this.#authorization !== undefined || this.#others.length > 0;
  }

  /** Sends. What comes of it holds what was sent, until it has been cleaned. */
  start(adapter: Adapter): Promise<AdapterResponse> {
    return adapter(this.#sent);
  }

  /** Sends, and cleans what comes of it. */
  run(adapter: Adapter): Promise<AdapterResponse> {
    let sent: Promise<AdapterResponse>;
    try {
      sent = this.start(adapter);
    } catch (error) {
      sent = Promise.reject(error);
    }
    return sent.then(
      (response) => {
        this.clean(response);
        return response;
      },
      (error) => {
        this.clean(error);
        throw error;
      },
    );
  }

  /** Gives an answer or an error the caller's configuration back, and takes the header out of its request. */
  clean(carrier: unknown): void {
    if (!isObject(carrier)) return;
    const [config, request, response, data, cause] = memberNames.map((name) =>
      memberOf(carrier, name),
    );
    if (config === this.#sent) Reflect.set(carrier, 'config', this.#config);
    if (this.carriesOurs) redactSentRequest(sentFor(request));
    this.clean(response);
    // Over fetch, axios 1.7 wraps an error of its own in another one. Once cleaned, it refers to what was sent no more.
    if (isObject(cause) && memberOf(cause, 'config') === this.#sent) this.clean(cause);
    if (!(data instanceof Readable)) return;
    // An error that comes while it is read refers to the configuration.
    data.on(errorMonitor, (error) => this.clean(error));
  }

  /** Has the request carry what `credential` has. One without this brings its own Authorization, or goes without. */
  authorize(credential: Credential): void {
    this.#isOurs = true;
    this.#authorization = authorizationOf(credential);
    // Its set() would search the token for what cannot stand in a header, which the core has done already.
    if (this.#authorization !== undefined) {
      Reflect.set(this.#sent.headers, 'Authorization', this.#authorization);
    }
    if (credential.headers !== undefined) this.addOthers(credential);
  }

  /** Has the request carry what `credential` has beside an Authorization, and the caller has not set. */
  addOthers(credential: Credential): void {
    const isSet = isSetIn(this.#judged.headers);
    this.#others = otherHeadersOf(credential).filter(({ key }) => !isSet(key));
    for (const { name, key, value } of this.#others) {
      noteSecretName(key);
      Reflect.set(this.#sent.headers, name, value);
    }
  }

  // follow-redirects keeps the Authorization for a subdomain and for the way from http to https, and every other header for
  // everybody; the scope is the judge here.
  // Once a chain has left it, neither token nor certificate come back (decision 0028).
  readonly #onRedirect = (options: RedirectOptions, ...details: readonly unknown[]): void => {
    const { scope, transport } = this.#route;
    const { href = '', headers = {}, socketPath } = options;
    this.#isInScope &&= socketPath ? scope.includesSocket(socketPath) : scope.includes(href);
    if (this.#isOurs) deleteHeader(headers, 'authorization');
    if (this.#isInScope && this.#authorization !== undefined) {
      headers['Authorization'] = this.#authorization;
    }
    for (const { name, key, value } of this.#others) {
      deleteHeader(headers, key);
      if (this.#isInScope) headers[name] = value;
    }
    const { httpAgent } = this.#sent;
    options.agents = transport.agentsFor(
      this.#judged,
      { ...options.agents, http: httpAgent },
      this.#isInScope,
    );
    this.#judged.beforeRedirect?.(options, ...details);
  };
}

const none: readonly CredentialHeader[] = [];

/** What an answer or an error of axios refers to. */
const memberNames = ['config', 'request', 'response', 'data', 'cause'] as const;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

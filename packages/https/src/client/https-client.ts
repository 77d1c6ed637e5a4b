import http, {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import https, { type RequestOptions } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import {
  type Credential,
  type CredentialManager,
  carriesHeadersOf,
  isRefusedStatus,
  isSetIn,
  knownOptions,
  numberOption,
  type OriginScope,
  sendUntilProcessed,
  shadowInherited,
  snapshot,
  withCredential,
} from '@keyturn/core/binding';
import { addHeadersOf } from '../agent/carried-headers.js';
import { type CredentialAgent, requestWith } from '../agent/credential-agent.js';
import { hasAuthorization } from '../agent/given-headers.js';
import { goesAgain } from '../agent/kept-connection.js';
import { refusalOf } from '../agent/refusal-watch.js';
import { startDeadline } from './deadline.js';
import { exchange } from './exchange.js';
import { type EncodedBody, encodeBody, type HttpsRequestBody, noBody } from './request-body.js';

export interface HttpsRequestOptions {
  /** Default `GET`. */
  readonly method?: string | undefined;
  /** Names in any letter case. A header of your own wins over that of the credential; for an Authorization nothing is run. */
  readonly headers?: Readonly<OutgoingHttpHeaders> | undefined;
  /** A stream or an async iterable is sent once: when the server refuses it, you get the refusal. */
  readonly body?: HttpsRequestBody | undefined;
  /** Basic authentication, `user:password`. Wins over the credential. */
  readonly auth?: string | undefined;
  /** Ends the wait for a credential, the request, or the reading of its answer, with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** How long until the answer begins, the wait for a credential included. Milliseconds; default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/** Makes requests with node:https, each with the current credential. Redirects are answers like any other. */
export interface HttpsClient {
  /**
   * Sends a request, once more when it is refused, and resolves when the answer begins.
   * @throws {CredentialError} the failure of the source, with its own code.
   * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or when `url` is not absolute.
   */
  request(url: string | URL, options?: HttpsRequestOptions): Promise<IncomingMessage>;
  /** Sends a GET request. */
  get(url: string | URL, options?: HttpsRequestOptions): Promise<IncomingMessage>;
  /** For everything that takes an agent, a WebSocket client for one. Requests that go through it directly are not sent again. */
  readonly agent: CredentialAgent;
}

/** What a client is made of. */
export interface HttpsClientParts {
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly agent: CredentialAgent;
  /** For plain http. */
  readonly plainAgent: http.Agent;
  /** For plain http with the token: to loopback and past every proxy, unless `allowInsecure` lets it go elsewhere. */
  readonly homeAgent: http.Agent;
  /** Whether a refused request is sent once more. */
  readonly replay: boolean;
  readonly refusedStatuses: readonly number[];
}

/** One request, ready to be sent as often as needed. */
interface PreparedRequest {
  readonly options: RequestOptions;
  readonly body: EncodedBody;
  readonly signal: AbortSignal | undefined;
  /** That of the last attempt. */
  sent: ClientRequest | undefined;
}

const optionNames: readonly (keyof HttpsRequestOptions)[] = [
  'method',
  'headers',
  'body',
  'auth',
  'signal',
  'timeoutMs',
];

export class NodeHttpsClient implements HttpsClient {
  readonly #parts: HttpsClientParts;
  /** The credential had headers beside its token, the last time that it went in clear text. */
  #givesHeaders = false;
  #isBound = true;

  constructor(parts: HttpsClientParts) {
    this.#parts = parts;
  }

  get agent(): CredentialAgent {
    return this.#parts.agent;
  }

  get(url: string | URL, options: HttpsRequestOptions = {}): Promise<IncomingMessage> {
    return this.request(url, { ...options, method: 'GET' });
  }

  async request(url: string | URL, options: HttpsRequestOptions = {}): Promise<IncomingMessage> {
    knownOptions('HttpsClient.request', options, optionNames);
    const given = snapshotRequest(options);
    if (given.timeoutMs !== undefined) numberOption('timeoutMs', given.timeoutMs, 0);
    const target = new URL(url);
    const deadline = startDeadline(given.signal, given.timeoutMs);
    const body = given.body === undefined ? noBody : await encodeBody(given.body);
    const request = {
      options: toNodeOptions(target, given, body, this.#parts),
      body,
      signal: deadline.signal,
      sent: undefined,
    };
    try {
      return await this.#route(target, request);
    } catch (error) {
      body.discard();
      throw error;
    } finally {
      deadline.lift();
    }
  }

  /** Sends without a credential from now on. */
  unbind(): void {
    this.#isBound = false;
  }

  #route(target: URL, request: PreparedRequest): Promise<IncomingMessage> {
    if (!this.#isBound || !this.#parts.scope.includes(target)) return this.#sendAsItIs(request);
    if (!isOwnAuthorization(request.options)) return this.#sendWithCredential(request);
    // Of what goes over https, the agent sees that the rest of the credential goes along.
    return target.protocol === 'http:' ? this.#sendOwnPlain(request) : this.#sendAsItIs(request);
  }

  /** With an Authorization of the caller's own: what else there is goes along, and is waited for once it is known. */
  async #sendOwnPlain(request: PreparedRequest): Promise<IncomingMessage> {
    const { manager } = this.#parts;
    const held = manager.peek();
    const isNeeded = held === undefined && this.#givesHeaders;
    const credential = isNeeded ? await manager.current({ signal: request.signal }) : held;
    return this.#sendAsItIs(request, credential?.headers && credential);
  }

  #sendWithCredential(request: PreparedRequest): Promise<IncomingMessage> {
    const { manager, replay, refusedStatuses } = this.#parts;
    return withCredential(
      manager,
      (credential) => this.#send(request, credential),
      ({ statusCode }, credential) =>
        isRefusedStatus(statusCode, refusedStatuses) && carriesOurs(request, credential),
      {
        signal: request.signal,
        canReplay: () => replay && request.body.canReplay,
        discard: (response) => response.resume(),
        describe: refusalOf,
        mayResend: (error) => mayResend(request, error),
      },
    );
  }

  #sendAsItIs(request: PreparedRequest, credential?: Credential): Promise<IncomingMessage> {
    return sendUntilProcessed(() => this.#send(request, credential), {
      signal: request.signal,
      mayResend: (error) => mayResend(request, error),
    });
  }

  #send(request: PreparedRequest, credential?: Credential): Promise<IncomingMessage> {
    const { options, body, signal } = request;
    const open = (): ClientRequest => {
      const sent = this.#open(options, credential);
      request.sent = sent;
      return sent;
    };
    return exchange(open, body, signal);
  }

  #open(judged: RequestOptions, credential: Credential | undefined): ClientRequest {
    // Node reads more of them than we give.
    const options = shadowInherited(judged);
    if (options.protocol === 'http:') return this.#openPlain(options, credential);
    return credential === undefined
      ? https.request(options)
      : requestWith(this.#parts.agent, credential, options);
  }

  #openPlain(options: RequestOptions, credential: Credential | undefined): ClientRequest {
    const carried = this.#isBound ? credential : undefined;
    if ((carried?.token ?? carried?.headers) === undefined) return http.request(options);
    this.#givesHeaders = carried?.headers !== undefined;
    options.agent = this.#parts.homeAgent;
    const request = http.request(options);
    addHeadersOf(request, carried as Credential, hasAuthorization(request));
    return request;
  }
}

/** Not where the caller has set all headers that the credential has: then the refusal says nothing about it. */
function carriesOurs({ options }: PreparedRequest, credential: Credential): boolean {
  return credential.headers === undefined || carriesHeadersOf(credential, isSetIn(options.headers));
}

function mayResend({ options, body, sent }: PreparedRequest, error: unknown): boolean {
  const { method, headers } = options;
  return body.canReplay && goesAgain({ sent, error, method, headers });
}

/** @throws {TypeError} when the URL is neither https nor http. */
function toNodeOptions(
  target: URL,
  { method, headers, auth }: HttpsRequestOptions,
  body: EncodedBody,
  { agent, plainAgent, homeAgent, scope }: HttpsClientParts,
): RequestOptions {
  if (!/^https?:$/.test(target.protocol)) {
    throw new TypeError('HttpsClient.request takes https and http URLs only.');
  }
  const { protocol, hostname, port, pathname, search, username, password } = target;
  return {
    agent: protocol === 'https:' ? agent : scope.includes(target) ? homeAgent : plainAgent,
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    path: `${pathname}${search}`,
    method: method ?? 'GET',
    headers: withBodyHeaders(headers, body),
    auth: auth ?? (username || password ? urlToHttpOptions(target).auth : undefined),
  };
}

/** Reads what the caller gave, once, headers with many values too; `encodeBody()` does it for the body. */
export function snapshotRequest<Options extends Pick<HttpsRequestOptions, 'headers'>>(
  options: Options,
): Options {
  const given = snapshot(options);
  if (given.headers === undefined) return given;
  const headers = snapshot<OutgoingHttpHeaders>(given.headers);
  for (const name in headers) {
    const value = headers[name];
    if (Array.isArray(value)) headers[name] = [...value];
  }
  return Object.assign(given, { headers });
}

const none: OutgoingHttpHeaders = Object.freeze({});

function withBodyHeaders(
  headers: Readonly<OutgoingHttpHeaders> = none,
  body: EncodedBody,
): OutgoingHttpHeaders {
  if (body === noBody && headers === none) return none;
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const missing = Object.entries(body.headers).filter(([name]) => {
    // A length of the caller's own frames the body just as well.
    return !names.has(name) && !(name === 'transfer-encoding' && names.has('content-length'));
  });
  return Object.fromEntries([...given, ...missing]);
}

function isOwnAuthorization({ headers = {}, auth }: RequestOptions): boolean {
  return (
    Boolean(auth) || Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  );
}

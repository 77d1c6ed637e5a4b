import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import {
  authorizationOf,
  type Credential,
  type CredentialManager,
  carriesHeadersOf,
  isRefusedStatus,
  isRepeatable,
  isSetIn,
  knownOptions,
  numberOption,
  type OriginScope,
  otherHeadersOf,
  type SlotLease,
  sendUntilProcessed,
  shadowInherited,
  snapshot,
  withCredential,
} from '@keyturn/core/binding';
import { SecretHeader } from '../agent/secret-header.js';
import { startDeadline } from '../client/deadline.js';
import { type HttpsRequestOptions, snapshotRequest } from '../client/https-client.js';
import { type EncodedBody, encodeBody, noBody } from '../client/request-body.js';
import { cancel, exchangeHttp2, type Http2Response, http2RefusalOf } from './http2-exchange.js';
import { fateOf } from './http2-failure.js';
import { http2Headers } from './http2-headers.js';
import type { Http2Origins } from './http2-origins.js';
import type { Http2Place } from './http2-place.js';
import type { Http2Sessions } from './http2-sessions.js';

/** As for node:https; there is no `auth`, since HTTP/2 sends what stands in `headers` and nothing else. */
export type Http2RequestOptions = Omit<HttpsRequestOptions, 'auth'>;

/** Makes requests with node:http2, each with the current credential. Redirects are answers like any other. */
export interface Http2Client {
  /**
   * Sends a request, once more when it is refused, and resolves when the answer begins.
   * @throws {CredentialError} the failure of the source, with its own code.
   * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or when `url` is not absolute.
   */
  request(url: string | URL, options?: Http2RequestOptions): Promise<Http2Response>;
  /** Sends a GET request. */
  get(url: string | URL, options?: Http2RequestOptions): Promise<Http2Response>;
  /** Closes the sessions, those with open streams after them. A later request makes new ones. */
  close(): void;
}

export interface Http2ClientParts {
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly origins: Http2Origins;
  /** Whether a refused request is sent once more. */
  readonly replay: boolean;
  readonly refusedStatuses: readonly number[];
}

/** One request, ready to be sent as often as needed. */
interface PreparedRequest {
  readonly origin: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: EncodedBody;
  readonly signal: AbortSignal | undefined;
  /** That of the last attempt; undefined where none could be opened. */
  stream: ClientHttp2Stream | undefined;
}

const optionNames: readonly (keyof Http2RequestOptions)[] = [
  'method',
  'headers',
  'body',
  'signal',
  'timeoutMs',
];

export class NodeHttp2Client implements Http2Client {
  readonly #parts: Http2ClientParts;
  #isBound = true;
  /** Whether the server knows this client by more than an Authorization, as far as anyone can tell by now. */
  #isKnownByMore = false;

  constructor(parts: Http2ClientParts) {
    this.#parts = parts;
  }

  get(url: string | URL, options: Http2RequestOptions = {}): Promise<Http2Response> {
    return this.request(url, { ...options, method: 'GET' });
  }

  async request(url: string | URL, options: Http2RequestOptions = {}): Promise<Http2Response> {
    knownOptions('Http2Client.request', options, optionNames);
    const given = snapshotRequest(options);
    if (given.timeoutMs !== undefined) numberOption('timeoutMs', given.timeoutMs, 0);
    const target = new URL(url);
    if (!/^https?:$/.test(target.protocol)) {
      throw new TypeError('Http2Client.request takes https and http URLs only.');
    }
    const deadline = startDeadline(given.signal, given.timeoutMs);
    try {
      return await this.#sendEncoded(target, given, deadline.signal);
    } finally {
      deadline.lift();
    }
  }

  close(): void {
    this.#parts.origins.close();
  }

  /** Sends without a credential from now on. */
  unbind(): void {
    this.#isBound = false;
    this.#parts.origins.retire();
  }

  async #sendEncoded(
    target: URL,
    { method = 'GET', headers = {}, body: given }: Http2RequestOptions,
    signal: AbortSignal | undefined,
  ): Promise<Http2Response> {
    const body = given === undefined ? noBody : await encodeBody(given);
    const request: PreparedRequest = {
      origin: target.origin,
      headers: http2Headers(target, method, headers, body),
      body,
      signal,
      stream: undefined,
    };
    try {
      return await this.#route(target, request);
    } catch (error) {
      body.discard();
      throw error;
    }
  }

  #route(target: URL, request: PreparedRequest): Promise<Http2Response> {
    if (!this.#isBound || !this.#parts.scope.includes(target)) return this.#send(request);
    return request.headers['authorization'] === undefined
      ? this.#sendWithCredential(request)
      : this.#sendOwn(request);
  }

  #sendWithCredential(request: PreparedRequest): Promise<Http2Response> {
    const { manager, replay, refusedStatuses } = this.#parts;
    return withCredential(
      manager,
      (credential) => this.#sendOnce(request, credential),
      ({ statusCode }, credential) =>
        isRefusedStatus(statusCode, refusedStatuses) && carriesOurs(request, credential),
      {
        signal: request.signal,
        canReplay: () => replay && request.body.canReplay,
        discard: ({ stream }) => cancel(stream),
        describe: http2RefusalOf,
        mayResend: (error, resends) => mayResend(request, error, resends),
      },
    );
  }

  /** An Authorization of the caller's own wins; a certificate that the server knows us by, and other headers, go along. */
  async #sendOwn(request: PreparedRequest): Promise<Http2Response> {
    const { manager } = this.#parts;
    const held = manager.peek();
    const isNeeded = held === undefined && this.#isKnownByMore;
    return this.#send(request, isNeeded ? await manager.current({ signal: request.signal }) : held);
  }

  #send(request: PreparedRequest, credential?: Credential): Promise<Http2Response> {
    const { signal } = request;
    return sendUntilProcessed(() => this.#sendOnce(request, credential), {
      signal,
      mayResend: (error, resends) => mayResend(request, error, resends),
    });
  }

  #sendOnce(request: PreparedRequest, credential: Credential | undefined): Promise<Http2Response> {
    const { origin, signal } = request;
    signal?.throwIfAborted();
    request.stream = undefined;
    // A replay may come after unbind(): then nothing is presented any more.
    const presented = this.#isBound ? credential : undefined;
    if (presented !== undefined) {
      this.#isKnownByMore = (presented.clientCertificate ?? presented.headers) !== undefined;
    }
    const sessions = this.#parts.origins.acquire(origin, presented);
    try {
      const place = sessions.resource.takePlace(signal);
      return place instanceof Promise
        ? this.#openLater(request, presented, sessions, place)
        : this.#open(request, presented, sessions, place);
    } catch (error) {
      sessions.release();
      throw error;
    }
  }

  async #openLater(
    request: PreparedRequest,
    presented: Credential | undefined,
    sessions: SlotLease<Http2Sessions>,
    place: Promise<Http2Place>,
  ): Promise<Http2Response> {
    try {
      const taken = await place;
      if (presented === undefined || this.#isBound) {
        return await this.#open(request, presented, sessions, taken);
      }
      taken.release();
    } catch (error) {
      sessions.release();
      throw error;
    }
    sessions.release();
    return this.#sendOnce(request, undefined);
  }

  #open(
    request: PreparedRequest,
    presented: Credential | undefined,
    sessions: SlotLease<Http2Sessions>,
    place: Http2Place,
  ): Promise<Http2Response> {
    const { headers, body, signal } = request;
    const sent = presented === undefined ? headers : withCredentialHeaders(headers, presented);
    const stream = place.open(sent, shadowInherited({ endStream: body === noBody }));
    stream.once('close', sessions.release);
    request.stream = stream;
    return exchangeHttp2(stream, body, signal);
  }
}

/** Tells whether a request that has failed can be sent again as it was. */
function mayResend(
  { stream, body, headers }: PreparedRequest,
  error: unknown,
  resends: number,
): boolean {
  const fate = body.canReplay ? fateOf(stream, error) : undefined;
  if (fate !== 'lost') return fate === 'unprocessed';
  return resends === 0 && isRepeatable(String(headers[':method']), headers);
}

/** Not where the caller has set all headers that the credential has: then the refusal says nothing about it. */
function carriesOurs({ headers }: PreparedRequest, credential: Credential): boolean {
  return credential.headers === undefined || carriesHeadersOf(credential, isSetIn(headers));
}

/** Adds what the caller has not set. A stream keeps the headers that it was opened with, where everybody can read them. */
function withCredentialHeaders(
  headers: OutgoingHttpHeaders,
  credential: Credential,
): OutgoingHttpHeaders {
  const authorization =
    headers['authorization'] === undefined ? authorizationOf(credential) : undefined;
  if (authorization === undefined && credential.headers === undefined) return headers;
  const sent: Record<string, unknown> = snapshot(headers);
  if (authorization !== undefined) sent['authorization'] = new SecretHeader(authorization);
  for (const { key, value } of otherHeadersOf(credential)) {
    if (sent[key] === undefined) sent[key] = new SecretHeader(value, key);
  }
  return sent as OutgoingHttpHeaders;
}

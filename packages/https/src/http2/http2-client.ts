import type { OutgoingHttpHeaders } from 'node:http2';
import {
  type Credential,
  type CredentialManager,
  isRefusedStatus,
  knownOptions,
  numberOption,
  type OriginScope,
  shadowInherited,
  snapshot,
  withCredential,
} from '@keyturn/core/binding';
import { SecretHeader } from '../agent/secret-header.js';
import { startDeadline } from '../client/deadline.js';
import { type HttpsRequestOptions, snapshotRequest } from '../client/https-client.js';
import { type EncodedBody, encodeBody, noBody } from '../client/request-body.js';
import {
  cancel,
  exchangeHttp2,
  type Http2Response,
  http2RefusalOf,
  isUnprocessed,
} from './http2-exchange.js';
import { http2Headers } from './http2-headers.js';
import type { Http2Origins } from './http2-origins.js';

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
}

/** One request, ready to be sent as often as needed. */
interface PreparedRequest {
  readonly origin: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: EncodedBody;
  readonly signal: AbortSignal | undefined;
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
  /** Whether the server knows this client by its certificate, as far as anyone can tell by now. */
  #hasCertificate = false;

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
    const { manager, replay } = this.#parts;
    return withCredential(
      manager,
      (credential) => this.#send(request, credential),
      ({ statusCode }) => isRefusedStatus(statusCode),
      {
        signal: request.signal,
        canReplay: () => replay && request.body.canReplay,
        discard: ({ stream }) => cancel(stream),
        describe: http2RefusalOf,
      },
    );
  }

  /** An Authorization of the caller's own wins; a certificate that the server knows us by goes along. */
  async #sendOwn(request: PreparedRequest): Promise<Http2Response> {
    const { manager } = this.#parts;
    const held = manager.peek();
    const isNeeded = held === undefined && this.#hasCertificate;
    return this.#send(request, isNeeded ? await manager.current({ signal: request.signal }) : held);
  }

  async #send(request: PreparedRequest, credential?: Credential): Promise<Http2Response> {
    try {
      return await this.#sendOnce(request, credential);
    } catch (error) {
      // The session has closed in the very moment that it was given this request.
      if (!isUnprocessed(error) || !request.body.canReplay) throw error;
      return this.#sendOnce(request, credential);
    }
  }

  #sendOnce(
    { origin, headers, body, signal }: PreparedRequest,
    credential: Credential | undefined,
  ): Promise<Http2Response> {
    // A replay may come after unbind(): then nothing is presented any more.
    const presented = this.#isBound ? credential : undefined;
    if (presented !== undefined) this.#hasCertificate = presented.clientCertificate !== undefined;
    const token = headers['authorization'] === undefined ? presented?.token : undefined;
    const sent = token === undefined ? headers : withToken(headers, token);
    const open = () => {
      const lease = this.#parts.origins.acquire(origin, presented);
      try {
        const stream = lease.resource.request(
          sent,
          shadowInherited({ endStream: body === noBody }),
        );
        stream.once('close', lease.release);
        return stream;
      } catch (error) {
        lease.release();
        throw error;
      }
    };
    return exchangeHttp2(open, body, signal);
  }
}

/** A stream keeps the headers that it was opened with, where everybody can read them. */
function withToken(headers: OutgoingHttpHeaders, token: string): OutgoingHttpHeaders {
  const authorization: unknown = new SecretHeader(`Bearer ${token}`);
  return Object.assign(snapshot(headers), { authorization: authorization as string });
}

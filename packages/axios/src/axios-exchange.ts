import { Readable } from 'node:stream';
import {
  type Credential,
  type CredentialExchange,
  isRefusedStatus,
  type OriginScope,
  type Refusal,
} from '@keyturn/core/binding';
import { Attempt, type Call } from './attempt.js';
import type { Adapter, AdapterResponse } from './axios-shape.js';
import type { CredentialTransport } from './credential-transport.js';
import { Http2Transport } from './http2-transport.js';
import { isReplayableBody } from './replayable-body.js';
import { mayResend } from './resend.js';

/** What is the same for all requests of a binding. */
export interface ExchangeParts {
  readonly scope: OriginScope;
  readonly transport: CredentialTransport;
  readonly replay: boolean;
  readonly refusedStatuses: readonly number[];
}

export interface ExchangeRequest extends Call {
  readonly url: URL;
  readonly adapter: Adapter;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
}

/** A refusal that the adapter has made an error of. */
class RejectedAnswer {
  readonly response: AdapterResponse;
  readonly error: unknown;

  constructor(response: AdapterResponse, error: unknown) {
    this.response = response;
    this.error = error;
  }
}

type Answer = AdapterResponse | RejectedAnswer;

/** One request with the credential of the manager, and its replay. */
export class AxiosExchange implements CredentialExchange<Answer, AdapterResponse> {
  readonly #parts: ExchangeParts;
  readonly #request: ExchangeRequest;
  #attempt: Attempt | undefined;
  #http2: Http2Transport | undefined;

  constructor(parts: ExchangeParts, request: ExchangeRequest) {
    this.#parts = parts;
    this.#request = request;
  }

  get signal(): AbortSignal | undefined {
    return this.#request.signal;
  }

  send(credential: Credential): Promise<AdapterResponse> {
    const { transport } = this.#parts;
    const { judged, url, adapter } = this.#request;
    const hasHeaders = credential.headers !== undefined;
    const changes = transport.configFor(judged, url, hasHeaders && adapter);
    const attempt = new Attempt(this.#request, changes, this.#parts, true);
    attempt.authorize(credential);
    this.#attempt = attempt;
    this.#http2 = changes.transport instanceof Http2Transport ? changes.transport : undefined;
    return attempt.start(transport.adapterFor(judged, url, adapter, hasHeaders));
  }

  /** A refusal from where a redirect has led out of scope says nothing about our credential. */
  isRejected(answer: Answer, credential: Credential): boolean {
    return (
      this.#isRefused(responseOf(answer)) &&
      this.#attempt?.isInScope === true &&
      // Not where the caller has set all headers that the credential has: then it says nothing about that.
      (credential.headers === undefined || this.#attempt.carriesOurs)
    );
  }

  recover(error: unknown): Answer {
    this.#attempt?.clean(error);
    const { response } = (error ?? {}) as { readonly response?: AdapterResponse };
    if (response === undefined || !this.#isRefused(response)) throw error;
    return new RejectedAnswer(response, error);
  }

  settle(answer: Answer): AdapterResponse {
    if (answer instanceof RejectedAnswer) throw answer.error;
    this.#attempt?.clean(answer);
    return answer;
  }

  canReplay(): boolean {
    return this.#parts.replay && isReplayableBody(this.#request.judged.data);
  }

  mayResend(error: unknown, resends: number): boolean {
    const { judged } = this.#request;
    return (
      isReplayableBody(judged.data) && mayResend({ error, resends, judged, http2: this.#http2 })
    );
  }

  discard(answer: Answer): void {
    const { data } = responseOf(answer);
    if (data instanceof Readable) data.destroy();
    else if (data instanceof ReadableStream) data.cancel().catch(() => {});
  }

  describe(answer: Answer): Refusal {
    const { status, headers } = responseOf(answer);
    const lines = Object.entries(headers ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      [value].flat().map(String),
    ]);
    return { status, headers: Object.fromEntries(lines) };
  }

  #isRefused({ status }: AdapterResponse): boolean {
    return isRefusedStatus(status, this.#parts.refusedStatuses);
  }
}

function responseOf(answer: Answer): AdapterResponse {
  return answer instanceof RejectedAnswer ? answer.response : answer;
}

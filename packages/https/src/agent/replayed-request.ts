import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import {
  type Credential,
  type CredentialManager,
  isCertificateRefusal,
  isRefusedStatus,
} from '@keyturn/core/binding';
import { goesAgain } from './kept-connection.js';
import type { RecordedBody } from './recorded-body.js';
import { refusalOf } from './refusal-watch.js';
import { replaceHidden } from './replace-hidden.js';
import { redacted } from './sealed-headers.js';

export interface ReplayParts {
  readonly manager: CredentialManager;
  readonly refusedStatuses: readonly number[];
  /** That of the request, which its client may still be writing. */
  readonly body: RecordedBody;
  /** Makes the request anew. */
  open(credential: Credential, headers: OutgoingHttpHeaders): ClientRequest;
}

/**
 * Sends a refused request of somebody else's client once more, beneath the request that the client knows: what comes of the
 * second is told as if it were of the first, an upgrade too, and who destroys the first destroys the second.
 *
 * The refusal itself is told where the manager has nothing better, and where the body is a stream. A request that harms nobody
 * goes once more, too, when the server has closed the connection that was kept for it.
 * @param request that has no socket yet, and goes with `credential`
 */
export function replayRefusal(
  request: ClientRequest,
  credential: Credential,
  parts: ReplayParts,
): void {
  new ReplayedRequest(request, credential, parts, true);
}

type Emit = (event: string | symbol, ...details: readonly unknown[]) => boolean;

/**
 * `first`: on its way. `refused`: the manager is asked what to do. `gone`: its client hears of it no more, but of the second or
 * of its end. `over`: what is told of it is for the client.
 */
type Phase = 'first' | 'refused' | 'gone' | 'over';

class ReplayedRequest {
  readonly #request: ClientRequest;
  readonly #credential: Credential;
  readonly #parts: ReplayParts;
  /** Whether a refusal leads to another request: not in one that is a replay itself. */
  readonly #mayReplay: boolean;
  readonly #tell: Emit;
  #phase: Phase = 'first';
  #second: ClientRequest | undefined;
  /** The first has ended while nobody was to know. */
  #hasClosed = false;

  constructor(
    request: ClientRequest,
    credential: Credential,
    parts: ReplayParts,
    mayReplay: boolean,
  ) {
    this.#request = request;
    this.#credential = credential;
    this.#parts = parts;
    this.#mayReplay = mayReplay;
    const { emit, destroy } = request;
    this.#tell = emit.bind(request) as Emit;
    replaceHidden(request, 'emit', (event: string, ...details: readonly unknown[]) =>
      this.#keeps(event, details[0]) ? true : this.#tell(event, ...details),
    );
    replaceHidden(request, 'destroy', (error?: Error) => {
      this.#destroySecond(error);
      return destroy.call(request, error);
    });
  }

  /** Tells whether what happens to the first request is kept from its client. */
  #keeps(event: string, detail: unknown): boolean {
    if (this.#phase === 'first') {
      if (event === 'response') return this.#keepsAnswer(detail as IncomingMessage);
      if (event === 'upgrade') this.#phase = 'over';
      return event === 'error' && this.#keepsError(detail);
    }
    if (this.#phase === 'over') return false;
    if (event === 'close') this.#hasClosed = true;
    return event === 'close' || event === 'error';
  }

  #keepsAnswer(response: IncomingMessage): boolean {
    const { manager, refusedStatuses, body } = this.#parts;
    const isRefused = this.#mayReplay && isRefusedStatus(response.statusCode, refusedStatuses);
    this.#phase = isRefused && body.isWhole ? 'refused' : 'over';
    if (!isRefused) return false;
    const asked = manager.invalidate(this.#credential, { response: refusalOf(response) });
    if (this.#phase === 'over') asked.catch(() => {});
    else {
      this.#replayWhen(asked, response, () => {
        // Node drops an answer that nobody listens for.
        if (!this.#tell('response', response)) response.resume();
      });
    }
    return this.#phase === 'refused';
  }

  #keepsError(error: unknown): boolean {
    const { manager, body } = this.#parts;
    const isRefused = this.#mayReplay && isCertificateRefusal(error);
    if (!isRefused) return body.isWhole && this.#goesAgain(error);
    const asked = manager.invalidate(this.#credential);
    if (!body.isWhole) {
      asked.catch(() => {});
      return false;
    }
    this.#phase = 'refused';
    this.#replayWhen(asked, undefined, () => this.#tell('error', error));
    return true;
  }

  #goesAgain(error: unknown): boolean {
    const { method } = this.#request;
    const headers = this.#request.getHeaders();
    if (!goesAgain({ sent: this.#request, error, method, headers })) return false;
    this.#send(this.#parts.manager.peek() ?? this.#credential, this.#mayReplay);
    return true;
  }

  /** @param deliver tells the refusal itself */
  #replayWhen(
    asked: Promise<Credential | undefined>,
    response: IncomingMessage | undefined,
    deliver: () => void,
  ): void {
    asked.then(
      (next) => {
        if (this.#phase !== 'refused') return;
        if (next === undefined) this.#deliver(deliver);
        else {
          response?.resume();
          this.#send(next, false);
        }
      },
      (error) => {
        if (this.#phase !== 'refused') return;
        response?.resume();
        this.#fail(error);
      },
    );
  }

  #deliver(tell: () => void): void {
    this.#phase = 'over';
    tell();
    if (this.#hasClosed) this.#tell('close');
  }

  #fail(error: unknown): void {
    this.#phase = 'gone';
    this.#tell('error', error);
    this.#tell('close');
  }

  #send(credential: Credential, mayReplay: boolean): void {
    this.#phase = 'gone';
    try {
      const second = this.#parts.open(credential, headersOf(this.#request));
      this.#second = second;
      new ReplayedRequest(second, credential, this.#parts, mayReplay);
      this.#follow(second);
      this.#parts.body.writeTo(second);
    } catch (error) {
      this.#fail(error);
    }
  }

  #follow(second: ClientRequest): void {
    const first = this.#request as ClientRequest & { res?: IncomingMessage; timeout?: number };
    if (first.timeout) second.setTimeout(first.timeout);
    second.on('response', (response) => {
      first.res = response;
      if (!this.#tell('response', response)) response.resume();
    });
    second.on('upgrade', (response, socket, head) => {
      if (!this.#tell('upgrade', response, socket, head)) socket.destroy();
    });
    for (const event of ['error', 'close', 'timeout', 'information', 'continue']) {
      second.on(event, (detail?: unknown) => this.#tell(event, detail));
    }
  }

  #destroySecond(error: Error | undefined): void {
    this.#second?.destroy(error);
    if (this.#phase !== 'refused') return;
    // As where a request is destroyed before there is an answer.
    this.#phase = 'gone';
    process.nextTick(() => this.#fail(error ?? hungUp()));
  }
}

/** Without those that the credential has brought: the next one brings its own. */
function headersOf(request: ClientRequest): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const name of request.getRawHeaderNames()) {
    const value = request.getHeader(name);
    if (value !== redacted) headers[name] = value;
  }
  return headers;
}

function hungUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

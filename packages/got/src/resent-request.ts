import { ClientRequest } from 'node:http';

/** How a request goes once more. */
export interface Resending {
  /** Tells whether `sent`, which has failed without any answer, may go once more. */
  mayResend(sent: ClientRequest, error: unknown): boolean;
  /** Makes the next one, whole. */
  open(): ClientRequest;
}

/** What node:http tells when something of an answer is there. */
const answers = ['response', 'information', 'continue', 'upgrade', 'connect'];

/**
 * Has the request of a stream, which got listens to, go on as another one where its kept connection breaks: got itself makes a new
 * stream of one that failed, and leaves it to its caller to take that in place of the old one.
 *
 * Whoever listens to `first` hears of what becomes of the last one, and whoever destroys it ends that.
 */
export function resendUnder(first: unknown, resending: Resending): void {
  if (first instanceof ClientRequest) new ResentRequest(first, resending);
}

class ResentRequest {
  readonly #resending: Resending;
  readonly #first: ClientRequest;
  readonly #tell: ClientRequest['emit'];
  #sent: ClientRequest;
  #isAnswered = false;

  constructor(first: ClientRequest, resending: Resending) {
    this.#resending = resending;
    this.#first = first;
    this.#tell = first.emit.bind(first);
    this.#sent = first;
    const destroy = first.destroy.bind(first);
    first.emit = (event: string, ...details: unknown[]) => this.#hear(first, event, details);
    first.destroy = (error) => {
      if (this.#sent === first) return destroy(error);
      this.#sent.destroy(error);
      return first;
    };
  }

  #hear(sent: ClientRequest, event: string, details: unknown[]): boolean {
    // Of one that another has taken the place of, nobody hears.
    if (sent !== this.#sent) return false;
    this.#isAnswered ||= answers.includes(event);
    if (event === 'error' && !this.#isAnswered) {
      const [error] = details;
      if (this.#resending.mayResend(sent, error)) return this.#replace(timeoutOf(sent));
    }
    // got 15 and 16 look there whether a request that has closed was answered.
    if (event === 'response') Reflect.set(this.#first, 'res', details[0]);
    return this.#tell(event, ...details);
  }

  #replace(timeoutMs: number | undefined): boolean {
    const next = this.#resending.open();
    this.#sent = next;
    const heard = next.emit.bind(next);
    next.emit = (event: string, ...details: unknown[]) => {
      const isOurs = next.listenerCount(event) > 0 && heard(event, ...details);
      return this.#hear(next, event, details) || isOurs;
    };
    // Its listener is there already, at the first.
    if (timeoutMs !== undefined) next.setTimeout(timeoutMs);
    return true;
  }
}

/** Milliseconds; the types of Node do not know it. */
function timeoutOf(request: ClientRequest): number | undefined {
  return (request as { readonly timeout?: number }).timeout;
}

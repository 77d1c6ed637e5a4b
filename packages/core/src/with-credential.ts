import { isCertificateRefusal } from './certificate-refusal.js';
import type { Credential, CredentialManager, Refusal } from './contract.js';
import { maxResends, pauseBeforeResend } from './resend.js';
import { snapshot } from './snapshot.js';

export interface WithCredentialOptions<Answer> {
  /** Abandons the wait for a credential, before the first attempt and before the replay. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Tells whether the request can be sent again as it was. Asked after a refusal. Default: yes.
   * When it cannot, the refusal is reported all the same, so that the next request carries a new credential.
   */
  readonly canReplay?: (() => boolean) | undefined;
  /** Frees a refused answer that nobody will read, such as an open response body. */
  readonly discard?: ((answer: Answer) => void) | undefined;
  /** Translates a refused answer for sources that want to see it (the exec plugin API v1alpha1 does). */
  readonly describe?: ((answer: Answer) => Refusal) | undefined;
  /**
   * Tells whether a request that has failed may be sent again, because the server has certainly not processed it. It then
   * is, up to six times, with the newest credential and after a longer pause each time. Default: no.
   * @param resends how often this attempt has been sent again already
   */
  readonly mayResend?: ((error: unknown, resends: number) => boolean) | undefined;
}

/**
 * One request, for a binding that has an object for each. What else it is given is read from that as it is needed, so that
 * a request which is not refused costs one reaction to a promise, and no object of ours.
 */
export interface CredentialExchange<Answer, Result> extends WithCredentialOptions<Answer> {
  /** Builds an attempt anew from `credential`, and sends it. */
  send(credential: Credential): Promise<Answer>;
  /** Tells whether the server has refused the credential. @param credential that it was sent with */
  isRejected(answer: Answer, credential: Credential): boolean;
  /**
   * Returns the answer that a failure brings along, for clients that reject after a 401.
   * @throws {unknown} what the caller is to get, where it brings none
   */
  readonly recover?: ((error: unknown) => Answer) | undefined;
  /**
   * Returns what the caller gets of the last answer.
   * @throws {unknown} for clients that reject after a 401
   */
  settle(answer: Answer): Result;
}

/**
 * Sends a request with the current credential and, when it is refused, once more with the next one.
 *
 * This is the 401 loop of everything that can be awaited: ask, send, refused? report, send once more. What the server has
 * certainly not processed is sent again before that, where `mayResend` says so. `send` must build each
 * attempt anew from the credential it is given. A client certificate that the server refused with a TLS alert counts
 * as a refusal too: the request has not been served then.
 *
 * client-go refreshes after a 401 and returns the first 401 to the caller; we replay once (decision 0003).
 * @throws whatever `send` throws, and the failure of the source with its own code.
 */
export function withCredential<Answer>(
  manager: CredentialManager,
  send: (credential: Credential) => Promise<Answer>,
  isRejected: (answer: Answer, credential: Credential) => boolean,
  options: WithCredentialOptions<Answer> = {},
): Promise<Answer> {
  const { signal, canReplay, discard, describe, mayResend } = snapshot(options);
  const exchange: CredentialExchange<Answer, Answer> = {
    send,
    isRejected,
    recover: undefined,
    settle: asItIs,
    signal,
    canReplay,
    discard,
    describe,
    mayResend,
  };
  return exchangeWithCredential(manager, exchange);
}

const asItIs = <Answer>(answer: Answer): Answer => answer;

/**
 * The same for a binding that has an object for each request.
 * @throws whatever `exchange` throws, and the failure of the source with its own code.
 */
export function exchangeWithCredential<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
): Promise<Result> {
  const held = manager.peek();
  // Not async, as nearly every request ends here: an async function takes five times as long as one reaction to a promise.
  return held === undefined || exchange.signal?.aborted
    ? waitAndSend(manager, exchange)
    : sendFirst(manager, exchange, held);
}

async function waitAndSend<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
): Promise<Result> {
  const { signal } = exchange;
  signal?.throwIfAborted();
  const credential = await manager.current({ signal });
  signal?.throwIfAborted();
  return sendFirst(manager, exchange, credential);
}

function sendFirst<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
  credential: Credential,
): Promise<Result> {
  return begin(exchange, credential).then(
    (answer) => afterAnswer(manager, exchange, credential, answer),
    (error) => afterFailure(manager, exchange, credential, error),
  );
}

function begin<Answer>(
  exchange: CredentialExchange<Answer, unknown>,
  credential: Credential,
): Promise<Answer> {
  try {
    // An adapter in plain JavaScript may give what is no promise, or a promise of another kind.
    return Promise.resolve(exchange.send(credential));
  } catch (error) {
    return Promise.reject(error);
  }
}

async function afterFailure<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
  credential: Credential,
  error: unknown,
): Promise<Result> {
  const outcome = await resendUntilProcessed(manager, exchange, credential, error);
  return 'failure' in outcome
    ? replayAfterAlert(manager, exchange, outcome.credential, outcome.failure)
    : afterAnswer(manager, exchange, outcome.credential, outcome.answer);
}

/** What has become of a request that failed at first, and the credential that it carried at last. */
type Outcome<Answer> = { readonly credential: Credential } & (
  | { readonly answer: Answer }
  | { readonly failure: unknown }
);

/** Sends a request that failed again for as long as the server has not processed it. */
async function resendUntilProcessed<Answer>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, unknown>,
  credential: Credential,
  error: unknown,
): Promise<Outcome<Answer>> {
  let sent = credential;
  let failure = error;
  for (let resends = 0; ; resends += 1) {
    try {
      return { credential: sent, answer: recovered(exchange, failure) };
    } catch (final) {
      if (resends >= maxResends || exchange.mayResend?.(final, resends) !== true) {
        return { credential: sent, failure: final };
      }
    }
    await pauseBeforeResend(resends, exchange.signal);
    sent = manager.peek() ?? (await manager.current({ signal: exchange.signal }));
    try {
      return { credential: sent, answer: await begin(exchange, sent) };
    } catch (reason) {
      failure = reason;
    }
  }
}

function afterAnswer<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
  credential: Credential,
  answer: Answer,
): Result | Promise<Result> {
  return exchange.isRejected(answer, credential)
    ? replay(manager, exchange, credential, answer)
    : exchange.settle(answer);
}

/** @throws {unknown} where the failure brings no answer along */
function recovered<Answer>(exchange: CredentialExchange<Answer, unknown>, error: unknown): Answer {
  if (exchange.recover === undefined) throw error;
  return exchange.recover(error);
}

/** Gives the caller the answer to the replay, or the refusal itself where a replay cannot help. */
async function replay<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
  credential: Credential,
  refused: Answer,
): Promise<Result> {
  let next: Credential | undefined;
  try {
    next = await reportRefusal(manager, credential, exchange, refused);
  } catch (error) {
    exchange.discard?.(refused);
    throw error;
  }
  if (next === undefined) return exchange.settle(refused);
  exchange.discard?.(refused);
  return sendLast(manager, exchange, next);
}

/** @throws {unknown} `error` itself, unless it refuses the certificate and there is another one */
async function replayAfterAlert<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
  credential: Credential,
  error: unknown,
): Promise<Result> {
  const next = isCertificateRefusal(error)
    ? await reportRefusal(manager, credential, exchange)
    : undefined;
  if (next === undefined) throw error;
  return sendLast(manager, exchange, next);
}

async function sendLast<Answer, Result>(
  manager: CredentialManager,
  exchange: CredentialExchange<Answer, Result>,
  credential: Credential,
): Promise<Result> {
  let answer: Answer;
  try {
    answer = await begin(exchange, credential);
  } catch (error) {
    const outcome = await resendUntilProcessed(manager, exchange, credential, error);
    if ('failure' in outcome) throw outcome.failure;
    answer = outcome.answer;
  }
  return exchange.settle(answer);
}

/**
 * Reports a refused request, for bindings that learn of it by a callback and so send it themselves.
 *
 * Resolves with the credential to send it once more with, or with undefined: deliver the refusal.
 * @param answer what the server said; none where it refused the certificate with an alert
 * @throws {CredentialError} the failure of the source, with its own code.
 */
export async function reportRefusal<Answer>(
  manager: CredentialManager,
  credential: Credential,
  options: WithCredentialOptions<Answer> = {},
  answer?: Answer,
): Promise<Credential | undefined> {
  const response = answer === undefined ? undefined : options.describe?.(answer);
  if (options.canReplay?.() === false) {
    // Nobody waits for the outcome: the caller gets its refusal now, the next request the new credential.
    manager.invalidate(credential, { response }).catch(() => {});
    return undefined;
  }
  return manager.invalidate(credential, { signal: options.signal, response });
}

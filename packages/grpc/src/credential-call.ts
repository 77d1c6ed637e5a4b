import type {
  CallCredentials,
  InterceptingListener,
  Metadata,
  StatusObject,
  status,
} from '@grpc/grpc-js';
import {
  type Credential,
  type CredentialManager,
  carriesHeadersOf,
  reportRefusal,
} from '@keyturn/core/binding';
import type { AnswerReader, CallAttempt } from './call-attempt.js';
import {
  hasAuthorization,
  isSet,
  keepMetadata,
  type TokenMetadata,
  withHeadersOf,
} from './call-metadata.js';
import { CallOutbox } from './call-outbox.js';
import { type CallStatus, callStatus, failureStatus, isRefusal } from './call-status.js';
import { type TokenReport, tokenCredentials } from './call-token.js';
import { CallWait } from './call-wait.js';
import type { CallArguments, ChannelCall, MessageContext } from './channel-call.js';
import type { ChannelGenerations } from './channel-generations.js';

/** What a call is made of. */
export interface CallParts {
  readonly manager: CredentialManager;
  readonly channels: ChannelGenerations;
  /** Calls that have no channel right now. */
  readonly waiting: Set<CredentialCall>;
  readonly tokens: TokenMetadata;
  /** Whether a refused call is sent once more. */
  readonly replay: boolean;
}

/**
 * A call that waits for a credential, goes out on the channel of its certificate, and is sent once more when the server
 * refuses it. To the client it is one call: interceptors and listeners see one answer.
 */
export class CredentialCall implements ChannelCall, AnswerReader {
  listener: InterceptingListener | undefined;
  readonly #parts: CallParts;
  readonly #args: CallArguments;
  readonly #outbox = new CallOutbox();
  #own: CallCredentials | undefined;
  #metadata: Metadata | undefined;
  /** The latest one, whether it has ended or not. */
  #attempt: CallAttempt | undefined;
  #isReplay = false;
  /** What ends the wait for a credential. Undefined where the call does not wait. */
  #wait: CallWait | undefined;
  #isCancelled = false;
  #isAnonymous = false;
  #ending: CallStatus | undefined;

  constructor(parts: CallParts, args: CallArguments) {
    this.#parts = parts;
    this.#args = args;
  }

  start(metadata: Metadata, listener: InterceptingListener): void {
    this.#metadata = keepMetadata(metadata);
    this.listener = listener;
    if (this.#ending === undefined) this.#run(this.#metadata);
    else this.#deliverLater(this.#ending);
  }

  cancelWithStatus(code: status, details: string): void {
    this.#isCancelled = true;
    if (this.#attempt !== undefined && this.#wait === undefined) {
      this.#attempt.call.cancelWithStatus(code, details);
    } else if (this.#ending === undefined) {
      this.#ending = callStatus(code, details);
      this.#endWait();
      this.#deliverLater(this.#ending);
    }
  }

  /** Sends the call without a credential, if it still waits for one. */
  giveUpWaiting(): void {
    if (this.#wait === undefined || this.#metadata === undefined) return;
    this.#isAnonymous = true;
    // Of the attempt before; with one of the caller's own, a call does not wait for a replay.
    if (this.#attempt !== undefined) this.#metadata.remove('authorization');
    this.#send(this.#metadata, undefined);
  }

  sendMessageWithContext(context: MessageContext, message: Buffer): void {
    this.#outbox.send(context, message);
  }

  startRead(): void {
    this.#outbox.startRead();
  }

  halfClose(): void {
    this.#outbox.halfClose();
  }

  setCredentials(own: CallCredentials): void {
    this.#own = own;
  }

  /** Of an answer: what was sent cannot be sent once more. */
  begin(): void {
    this.#outbox.forget();
  }

  /** Of an answer: a refusal that had nothing before it is kept from the caller, if a replay may follow. */
  end(ending: CallStatus, attempt: CallAttempt): void {
    const { credential } = attempt;
    if (credential === undefined || attempt !== this.#attempt || !this.#isRefused(ending)) {
      this.#finish(ending);
    } else if (attempt.hasBegun) {
      // Too late for a replay, but the next call carries a new credential.
      this.#parts.manager.invalidate(credential).catch(() => {});
      this.#finish(ending);
    } else if (this.#isReplay) {
      this.#finish(ending);
    } else {
      void this.#replay(ending, credential);
    }
  }

  getPeer(): string {
    return this.#attempt?.call.getPeer() ?? 'unknown';
  }

  getCallNumber(): number {
    return this.#attempt?.call.getCallNumber() ?? 0;
  }

  getAuthContext(): ReturnType<ChannelCall['getAuthContext']> {
    // Earlier versions of grpc-js have no such method.
    return this.#attempt?.call.getAuthContext?.() ?? null;
  }

  // Without a promise where a credential is held, as one nearly always is.
  #run(metadata: Metadata): void {
    const { manager, channels } = this.#parts;
    const isOwn = hasAuthorization(metadata);
    const held = channels.isBound ? manager.peek() : undefined;
    const needsOne = channels.isBound && (!isOwn || channels.isKnownByMore);
    if (held === undefined && needsOne) void this.#waitAndSend(metadata, isOwn);
    else this.#send(metadata, held, isOwn);
  }

  /**
   * Nothing aborts the wait itself: what has ended meanwhile is not sent when the credential is there.
   * @param isOwn an Authorization of the caller's own wins; a certificate that the server knows us by, and other headers, go along
   */
  async #waitAndSend(metadata: Metadata, isOwn: boolean): Promise<void> {
    this.#beginWait();
    try {
      this.#send(metadata, await this.#parts.manager.current(), isOwn);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #replay(refused: CallStatus, credential: Credential): Promise<void> {
    const { manager, replay } = this.#parts;
    this.#beginWait();
    try {
      const canReplay = (): boolean => replay && this.#outbox.canReplay;
      const next = await reportRefusal(manager, credential, { canReplay });
      if (this.#isAnonymous) return;
      if (next === undefined || this.#metadata === undefined) this.#finish(refused);
      else this.#resend(this.#metadata, next);
    } catch (error) {
      this.#fail(error);
    }
  }

  #resend(metadata: Metadata, next: Credential): void {
    this.#isReplay = true;
    this.#send(metadata, next);
  }

  #send(metadata: Metadata, credential: Credential | undefined, isOwn: boolean = false): void {
    const isLate = this.#isAnonymous && credential !== undefined;
    if (isLate || this.#ending !== undefined) return;
    this.#endWait();
    try {
      const attempt = this.#parts.channels.openCall(this.#args, credential);
      this.#attempt = attempt;
      if (!isOwn) attempt.credential = credential;
      attempt.start(this.#authorize(attempt, metadata, credential), this);
      this.#outbox.openTo(attempt.call);
    } catch (error) {
      this.#ending = failureStatus(error);
      this.#deliverLater(this.#ending);
    }
  }

  /**
   * Has `attempt` carry the token of its credential, unless call credentials of the caller's own have one.
   * @param presented also where the attempt has an Authorization of the caller's own
   */
  #authorize(
    attempt: CallAttempt,
    metadata: Metadata,
    presented: Credential | undefined,
  ): Metadata {
    const { credential } = attempt;
    const { tokens } = this.#parts;
    if (credential === undefined) {
      if (this.#own !== undefined) attempt.call.setCredentials(this.#own);
      return presented?.headers === undefined ? metadata : withHeadersOf(presented, metadata);
    }
    const leavesAtOnce = attempt.isConnected && this.#own === undefined;
    // Call credentials would cost it a tenth more.
    if (leavesAtOnce && credential.headers === undefined) {
      return tokens.with(credential.token, metadata);
    }
    // Without the token of the attempt before.
    const bare = tokens.with(undefined, metadata);
    if (leavesAtOnce) return withHeadersOf(credential, bare);
    attempt.call.setCredentials(this.#lateCredentials(attempt, bare));
    return bare;
  }

  #lateCredentials(attempt: CallAttempt, kept: Metadata): CallCredentials {
    const { manager, channels } = this.#parts;
    const { credential } = attempt;
    // The newest, unless it belongs to another certificate than that of the connection (RFC 8705).
    const suiting = (newest: Credential): Credential =>
      newest.certificateGeneration === credential?.certificateGeneration
        ? newest
        : (credential ?? newest);
    const held = (): Credential | undefined => {
      const newest = channels.isBound ? manager.peek() : undefined;
      return newest && suiting(newest);
    };
    return tokenCredentials({
      own: this.#own,
      kept,
      held,
      ask: () => held() ?? (channels.isBound ? manager.current().then(suiting) : undefined),
      report: reportOf(attempt),
    });
  }

  #isRefused(ending: StatusObject): boolean {
    const { isOwn, failure } = this.#attempt?.token ?? {};
    return (
      !this.#isCancelled &&
      !isOwn &&
      failure === undefined &&
      isRefusal(ending) &&
      this.#carriesOurs()
    );
  }

  /** Not where the caller has set all that the credential has: then a refusal says nothing about it. */
  #carriesOurs(): boolean {
    const credential = this.#attempt?.credential;
    const metadata = this.#metadata;
    if (credential?.headers === undefined || metadata === undefined) return true;
    return carriesHeadersOf(credential, (key) => isSet(metadata, key));
  }

  #beginWait(): void {
    this.#wait = new CallWait(this.#args, (code, details) => this.cancelWithStatus(code, details));
    this.#wait.begin();
    this.#parts.waiting.add(this);
  }

  #endWait(): void {
    if (this.#wait === undefined) return;
    this.#wait.end();
    this.#wait = undefined;
    this.#parts.waiting.delete(this);
  }

  /** Ends a call for which there is no credential. One that goes without by now needs none. */
  #fail(error: unknown): void {
    if (!this.#isAnonymous) this.#finish(failureStatus(error));
  }

  #finish(ending: CallStatus): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#endWait();
    this.listener?.onReceiveStatus(ending);
  }

  /** Not from within `cancel()` or `start()`: gRPC reports later as well. */
  #deliverLater(ending: CallStatus): void {
    process.nextTick(() => this.listener?.onReceiveStatus(ending));
  }
}

function reportOf(attempt: CallAttempt): TokenReport {
  attempt.token = { isOwn: false };
  return attempt.token;
}

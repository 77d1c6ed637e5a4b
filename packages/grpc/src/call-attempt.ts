import type { InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import type { Credential } from '@keyturn/core/binding';
import { type CallStatus, failureStatus } from './call-status.js';
import type { TokenReport } from './call-token.js';
import type { ChannelCall } from './channel-call.js';

/** Who reads the answer of an attempt, once it has begun. */
export interface AnswerReader {
  /** What the caller listens with. */
  readonly listener: InterceptingListener | undefined;
  begin(): void;
  end(ending: CallStatus, attempt: CallAttempt): void;
}

/**
 * One try of a call, on the channel of one certificate generation.
 *
 * It listens to its call itself: every call has one, and an object of functions for each is a hundredth of the call rate.
 */
export class CallAttempt implements InterceptingListener {
  readonly call: ChannelCall;
  /** Whether its channel had a connection to go out on when the call was opened. */
  readonly isConnected: boolean;
  readonly token: TokenReport = { isOwn: false };
  /** Whose refusal a refusal is; undefined where the call carries none of ours. */
  credential: Credential | undefined;
  readonly #onEnd: (attempt: CallAttempt) => void;
  #reader: AnswerReader | undefined;
  /** Undefined from the beginning of an answer on. */
  #settle: ((ending: CallStatus | undefined) => void) | undefined;
  #cutBy: CallStatus | undefined;

  /** @param onEnd is called when nothing more will come on `call` */
  constructor(call: ChannelCall, isConnected: boolean, onEnd: (attempt: CallAttempt) => void) {
    this.call = call;
    this.isConnected = isConnected;
    this.#onEnd = onEnd;
  }

  /**
   * Starts the call. Resolves with its status when that is all that the server says, so that a refusal can be kept from
   * the caller; with undefined when an answer begins, all of which goes to `reader`.
   */
  start(metadata: Metadata, reader: AnswerReader): Promise<CallStatus | undefined> {
    this.#reader = reader;
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.call.start(metadata, this);
    });
  }

  /** Ends the call with `ending`, whatever comes from the server. */
  cut(ending: CallStatus): void {
    this.#cutBy = ending;
    this.call.cancelWithStatus(ending.code, ending.details);
  }

  // --- what the call says ---

  onReceiveMetadata(received: Metadata): void {
    // gRPC's own retries end here too: the caller may act on what it has read.
    this.#begin();
    this.#reader?.listener?.onReceiveMetadata(received);
  }

  onReceiveMessage(message: unknown): void {
    this.#begin();
    this.#reader?.listener?.onReceiveMessage(message);
  }

  onReceiveStatus(received: StatusObject): void {
    this.#onEnd(this);
    const ending = this.#explain(received);
    if (this.#settle === undefined) this.#reader?.end(ending, this);
    else this.#settle(ending);
  }

  #begin(): void {
    if (this.#settle === undefined) return;
    this.#settle(undefined);
    this.#settle = undefined;
    this.#reader?.begin();
  }

  /** gRPC knows neither why there was no token nor why the call was cut. */
  #explain(received: StatusObject): CallStatus {
    if (this.#cutBy !== undefined) return this.#cutBy;
    return this.token.failure === undefined ? received : failureStatus(this.token.failure);
  }
}

import type { InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import type { Credential, Seated } from '@keyturn/core/binding';
import { type CallStatus, failureStatus } from './call-status.js';
import type { TokenReport } from './call-token.js';
import type { ChannelCall } from './channel-call.js';

/** Who reads the answer of an attempt. */
export interface AnswerReader {
  /** What the caller listens with. */
  readonly listener: InterceptingListener | undefined;
  /** An answer begins that is more than a status. */
  begin(): void;
  end(ending: CallStatus, attempt: CallAttempt): void;
}

/** Where an attempt was opened, told when nothing more will come on its call. */
export interface AttemptHome {
  leave(attempt: CallAttempt): void;
}

/**
 * One try of a call, on the channel of one certificate generation.
 *
 * It listens to its call itself, and tells its reader without a promise: every call has one, and a promise for each, or an
 * object of functions, is a hundredth of the call rate.
 */
export class CallAttempt implements InterceptingListener, Seated {
  seat = -1;
  readonly call: ChannelCall;
  /** Whether its channel had a connection to go out on when the call was opened. */
  readonly isConnected: boolean;
  /** Present where call credentials bring the token. */
  token: TokenReport | undefined;
  /** Whose refusal a refusal is; undefined where the call carries none of ours. */
  credential: Credential | undefined;
  /** Whether the server has said more than a status. */
  hasBegun = false;
  readonly #home: AttemptHome;
  #reader: AnswerReader | undefined;
  #cutBy: CallStatus | undefined;

  constructor(call: ChannelCall, isConnected: boolean, home: AttemptHome) {
    this.call = call;
    this.isConnected = isConnected;
    this.#home = home;
  }

  /** Starts the call. Its whole answer goes to `reader`, once it has begun straight to the listener. */
  start(metadata: Metadata, reader: AnswerReader): void {
    this.#reader = reader;
    this.call.start(metadata, this);
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
    this.#home.leave(this);
    this.#reader?.end(this.#explain(received), this);
  }

  #begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.#reader?.begin();
  }

  /** gRPC knows neither why there was no token nor why the call was cut. */
  #explain(received: StatusObject): CallStatus {
    if (this.#cutBy !== undefined) return this.#cutBy;
    const failure = this.token?.failure;
    return failure === undefined ? received : failureStatus(failure);
  }
}

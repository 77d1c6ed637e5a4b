import type { InterceptingListener, Metadata, StatusObject } from '@grpc/grpc-js';
import { type CallStatus, failureStatus } from './call-status.js';
import type { TokenReport } from './call-token.js';
import type { ChannelCall } from './channel-call.js';

/** One try of a call, on the channel of one certificate generation. */
export class CallAttempt {
  readonly call: ChannelCall;
  /** Whether its channel had a connection to go out on when the call was opened. */
  readonly isConnected: boolean;
  readonly token: TokenReport = { isOwn: false };
  readonly #onEnd: (attempt: CallAttempt) => void;
  #cutBy: CallStatus | undefined;

  /** @param onEnd is called when nothing more will come on `call` */
  constructor(call: ChannelCall, isConnected: boolean, onEnd: (attempt: CallAttempt) => void) {
    this.call = call;
    this.isConnected = isConnected;
    this.#onEnd = onEnd;
  }

  /**
   * Starts the call. Resolves with its status when that is all that the server says, so that a refusal can be kept from
   * the caller; with undefined when an answer begins, all of which goes to `listener`.
   */
  start(metadata: Metadata, listener: InterceptingListener): Promise<CallStatus | undefined> {
    return new Promise((resolve) => {
      let hasBegun = false;
      const begin = (): void => {
        hasBegun = true;
        resolve(undefined);
      };
      this.call.start(metadata, {
        // gRPC's own retries end here too: the caller may act on what it has read.
        onReceiveMetadata: (received) => {
          begin();
          listener.onReceiveMetadata(received);
        },
        onReceiveMessage: (message) => {
          begin();
          listener.onReceiveMessage(message);
        },
        onReceiveStatus: (received) => {
          this.#onEnd(this);
          const ending = this.#explain(received);
          if (hasBegun) listener.onReceiveStatus(ending);
          else resolve(ending);
        },
      });
    });
  }

  /** Ends the call with `ending`, whatever comes from the server. */
  cut(ending: CallStatus): void {
    this.#cutBy = ending;
    this.call.cancelWithStatus(ending.code, ending.details);
  }

  /** gRPC knows neither why there was no token nor why the call was cut. */
  #explain(received: StatusObject): CallStatus {
    if (this.#cutBy !== undefined) return this.#cutBy;
    return this.token.failure === undefined ? received : failureStatus(this.token.failure);
  }
}

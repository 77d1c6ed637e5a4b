import {
  Channel,
  type ChannelCredentials,
  type ChannelOptions,
  connectivityState,
} from '@grpc/grpc-js';
import { CredentialError, type SlotLease } from '@keyturn/core/binding';
import { type AttemptHome, CallAttempt } from './call-attempt.js';
import { failureStatus } from './call-status.js';
import type { CallArguments } from './channel-call.js';

/** The gRPC channel of one certificate generation, and the calls that are open on it. */
export class GenerationChannel implements AttemptHome {
  readonly channel: Channel;
  readonly #open = new Map<CallAttempt, SlotLease<GenerationChannel> | undefined>();
  #isClosed = false;

  constructor(target: string, credentials: ChannelCredentials, options: ChannelOptions) {
    this.channel = new Channel(target, credentials, {
      ...options,
      // Channels would otherwise share connections that were made with other certificates.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Opens a call, in use until its status is there. */
  openCall(args: CallArguments, lease?: SlotLease<GenerationChannel>): CallAttempt {
    const isConnected = this.channel.getConnectivityState(false) === connectivityState.READY;
    const attempt = new CallAttempt(this.channel.createCall(...args), isConnected, this);
    this.#open.set(attempt, lease);
    return attempt;
  }

  leave(attempt: CallAttempt): void {
    this.#open.get(attempt)?.release();
    this.#open.delete(attempt);
  }

  /** Ends every call that is still open. */
  cut(): void {
    const ending = failureStatus(
      new CredentialError(
        'ERR_CONNECTION_DRAINED',
        'The call still ran on an older client certificate when "drainTimeoutMs" had passed. Send it again.',
      ),
    );
    for (const attempt of this.#open.keys()) attempt.cut(ending);
  }

  /** Closes the connection once its open calls have ended. Calls that have none yet fail, as gRPC does it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.channel.close();
  }
}

import {
  Channel,
  type ChannelCredentials,
  type ChannelOptions,
  connectivityState,
} from '@grpc/grpc-js';
import { CredentialError, SeatList, type SlotLease, shadowInherited } from '@keyturn/core/binding';
import { type AttemptHome, CallAttempt } from './call-attempt.js';
import { failureStatus } from './call-status.js';
import type { CallArguments } from './channel-call.js';

/** The gRPC channel of one certificate generation, and the calls that are open on it. */
export class GenerationChannel implements AttemptHome {
  readonly channel: Channel;
  readonly #open = new SeatList<CallAttempt>();
  #lease: SlotLease<GenerationChannel> | undefined;
  #isClosed = false;

  constructor(target: string, credentials: ChannelCredentials, options: ChannelOptions) {
    this.channel = new Channel(
      target,
      credentials,
      shadowInherited({
        ...options,
        // Channels would otherwise share connections that were made with other certificates.
        'grpc.use_local_subchannel_pool': 1,
      }),
    );
  }

  /** Whether a call is open here: from its opening until its status is there. */
  get isInUse(): boolean {
    return this.#open.size > 0;
  }

  /**
   * Opens a call.
   * @param lease of this channel, where it is not in use: one does for all calls until the last has ended
   */
  openCall(args: CallArguments, lease?: SlotLease<GenerationChannel>): CallAttempt {
    const isConnected = this.channel.getConnectivityState(false) === connectivityState.READY;
    const attempt = new CallAttempt(this.channel.createCall(...args), isConnected, this);
    this.#open.add(attempt);
    this.#lease ??= lease;
    return attempt;
  }

  leave(attempt: CallAttempt): void {
    this.#open.delete(attempt);
    if (this.isInUse) return;
    this.#lease?.release();
    this.#lease = undefined;
  }

  /** Ends every call that is still open. */
  cut(): void {
    const ending = failureStatus(
      new CredentialError(
        'ERR_CONNECTION_DRAINED',
        'The call still ran on an older client certificate when "drainTimeoutMs" had passed. Send it again.',
      ),
    );
    for (const attempt of this.#open) attempt.cut(ending);
  }

  /** Closes the connection once its open calls have ended. Calls that have none yet fail, as gRPC does it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.channel.close();
  }
}

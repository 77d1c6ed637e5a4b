import { type ChannelInterface, connectivityState, status } from '@grpc/grpc-js';
import { TokenMetadata } from './call-metadata.js';
import type { CallArguments, ChannelCall } from './channel-call.js';
import { type CallParts, CredentialCall } from './credential-call.js';

type Watcher = Parameters<ChannelInterface['watchConnectivityState']>[2];

/**
 * A channel whose client certificate rotates: one gRPC channel for each certificate generation, behind the interface of
 * one. Its state is that of the newest.
 */
export class RotatingChannel implements ChannelInterface {
  readonly #parts: CallParts;
  readonly #stopListening: () => void;
  #isClosed = false;

  constructor(parts: Omit<CallParts, 'waiting' | 'tokens'>) {
    const tokens = new TokenMetadata();
    this.#parts = { ...parts, waiting: new Set(), tokens };
    this.#stopListening = parts.manager.on('closed', () => tokens.clear());
  }

  createCall(...args: CallArguments): ChannelCall {
    this.#refuseWhenClosed();
    const [method, deadline, ...rest] = args;
    // A Date can be changed while the call waits.
    return new CredentialCall(this.#parts, [method, Number(deadline), ...rest]);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopListening();
    this.#parts.tokens.clear();
    for (const call of [...this.#parts.waiting]) {
      call.cancelWithStatus(status.UNAVAILABLE, 'Channel closed before call started');
    }
    this.#parts.channels.close();
  }

  /** Calls go on without a credential, those that wait for one at once. */
  unbind(): void {
    this.#parts.channels.unbind();
    for (const call of [...this.#parts.waiting]) call.giveUpWaiting();
  }

  getTarget(): string {
    return this.#newest().getTarget();
  }

  getChannelzRef(): ReturnType<ChannelInterface['getChannelzRef']> {
    return this.#newest().getChannelzRef();
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    if (this.#isClosed) return connectivityState.SHUTDOWN;
    const isKnown = this.#parts.manager.peek() !== undefined || !this.#parts.channels.isBound;
    if (isKnown) return this.#newest().getConnectivityState(tryToConnect);
    // There is nothing to connect with yet. A failure shows at the first call, or to whoever watches.
    if (tryToConnect) this.#parts.manager.current().catch(() => {});
    return connectivityState.IDLE;
  }

  watchConnectivityState(state: connectivityState, deadline: Date | number, done: Watcher): void {
    this.#refuseWhenClosed();
    const { manager, channels } = this.#parts;
    if (manager.peek() !== undefined || !channels.isBound) {
      this.#newest().watchConnectivityState(state, deadline, done);
      return;
    }
    const delayMs = Math.max(0, Math.min(Number(deadline) - Date.now(), 2 ** 31 - 1));
    manager.current({ signal: AbortSignal.timeout(delayMs) }).then(
      () => {
        if (this.getConnectivityState(true) !== state) done();
        else this.watchConnectivityState(state, deadline, done);
      },
      () => done(new Error('No credential arrived before the deadline.')),
    );
  }

  #newest(): ChannelInterface {
    const { manager, channels } = this.#parts;
    return channels.current(manager.peek()).channel;
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new Error('Channel has been shut down');
  }
}

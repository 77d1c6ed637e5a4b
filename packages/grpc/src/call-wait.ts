import { propagate, status } from '@grpc/grpc-js';
import type { CallArguments } from './channel-call.js';

/** The longest delay of a timer. A deadline behind it never comes to an end of the wait. */
const maxDelayMs = 2 ** 31 - 1;

/**
 * What ends a call that has no channel yet: its deadline, or the server call on whose behalf it is made.
 * Once there is a channel, gRPC looks after both.
 */
export class CallWait {
  readonly #deadline: number;
  readonly #parent: CallArguments[3];
  readonly #end: (code: status, details: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    [, deadline, , parent, propagateFlags]: CallArguments,
    end: (code: status, details: string) => void,
  ) {
    const flags = propagateFlags ?? propagate.DEFAULTS;
    const inherits = parent !== null && (flags & propagate.DEADLINE) !== 0;
    this.#deadline = inherits
      ? Math.min(Number(deadline), Number(parent.getDeadline()))
      : Number(deadline);
    this.#parent = (flags & propagate.CANCELLATION) === 0 ? null : parent;
    this.#end = end;
  }

  begin(): void {
    this.#parent?.on('cancelled', this.#onCancelled);
    const delayMs = Math.max(0, this.#deadline - Date.now());
    if (delayMs > maxDelayMs) return;
    this.#timer = setTimeout(() => {
      this.#end(status.DEADLINE_EXCEEDED, 'Deadline exceeded while waiting for a credential.');
    }, delayMs);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#parent?.off('cancelled', this.#onCancelled);
  }

  readonly #onCancelled = (): void => {
    this.#end(status.CANCELLED, 'Cancelled by parent call');
  };
}

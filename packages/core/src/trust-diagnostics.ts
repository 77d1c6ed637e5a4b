import { channel } from 'node:diagnostics_channel';
import { isCredentialError } from './errors.js';

/** Published on `keyturn:trust` when an authority has been renewed, or has not because of what its source says. */
export interface TrustMessage {
  /** Name of the trust source. */
  readonly trust: string;
  /** `renewed`: connections are verified by something else from now on. `kept`: by the same as before, because of `message`. */
  readonly outcome: 'renewed' | 'kept';
  /** Generation in force. */
  readonly generation: number;
  /** Code of what kept it from being renewed. */
  readonly code?: string;
  /** What that says, with the path of the file. */
  readonly message?: string;
}

const trustChannel = channel('keyturn:trust');

export function publishRenewal(trust: string, generation: number): void {
  if (!trustChannel.hasSubscribers) return;
  trustChannel.publish({ trust, outcome: 'renewed', generation } satisfies TrustMessage);
}

export function publishKept(trust: string, generation: number, error: unknown): void {
  if (!trustChannel.hasSubscribers) return;
  // Of what is not ours nobody knows what it quotes.
  const said = isCredentialError(error) && { code: error.code, message: error.message };
  const message: TrustMessage = { trust, outcome: 'kept', generation, ...said };
  trustChannel.publish(message);
}

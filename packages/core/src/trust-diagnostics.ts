import { channel } from 'node:diagnostics_channel';
import type { TrustSource } from './contract.js';
import { isCredentialError } from './errors.js';

/** Published on `keyturn:trust` when an authority has been renewed, or has not because of what its source says; once, whoever shares it. */
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

// What was told last of each source. Several bindings may share one, and each of them notices.
const renewals = new WeakMap<TrustSource, number>();
const faults = new WeakMap<TrustSource, string>();

export function publishRenewal(source: TrustSource, generation: number): void {
  if (renewals.get(source) === generation) return;
  renewals.set(source, generation);
  forgetFault(source);
  publish({ trust: source.name, outcome: 'renewed', generation });
}

export function publishKept(source: TrustSource, generation: number, error: unknown): void {
  // Of what is not ours nobody knows what it quotes.
  const said = isCredentialError(error) && { code: error.code, message: error.message };
  const fault = said ? said.message : 'something of its own';
  if (faults.get(source) === fault) return;
  faults.set(source, fault);
  publish({ trust: source.name, outcome: 'kept', generation, ...said });
}

/** The source is in order again: the same fault is told of anew. */
export function forgetFault(source: TrustSource): void {
  faults.delete(source);
}

function publish(message: TrustMessage): void {
  if (trustChannel.hasSubscribers) trustChannel.publish(message);
}

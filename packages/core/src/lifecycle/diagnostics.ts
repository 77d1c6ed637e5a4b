import { channel } from 'node:diagnostics_channel';
import type { RefreshReason } from '../contract.js';
import type { OutcomeClass } from './outcome-class.js';

/** Published on `keyturn:load` when a load has ended. Carries no secret. */
export interface LoadMessage {
  readonly source: string;
  readonly reason: RefreshReason;
  /** How long the source took. Milliseconds. */
  readonly durationMs: number;
  readonly outcome: 'success' | 'failure';
  /** The outcome in one of a few classes, to count by. */
  readonly outcomeClass: OutcomeClass;
  /** Code of the failure. */
  readonly code?: string;
  /** Exit code of the plugin, where that is the failure. */
  readonly exitCode?: number;
  /** Generation of the accepted credential. */
  readonly generation?: number;
  /** Whether the result had expired before it arrived: clocks disagree, or the source repeats an old answer. */
  readonly bornExpired?: boolean;
}

/** Published on `keyturn:rotated` when a new generation has replaced another one. */
export interface RotationMessage {
  readonly source: string;
  readonly generation: number;
  readonly certificateGeneration: number;
  readonly certificateChanged: boolean;
  /** How old the replaced certificate was, from its notBefore. Milliseconds; absent where none was replaced. */
  readonly certificateAgeMs?: number;
  readonly reason: RefreshReason;
}

const loadChannel = channel('keyturn:load');
const rotatedChannel = channel('keyturn:rotated');

/** Publishes what `message` makes, and makes it only when somebody listens. */
export function publishLoad(message: () => LoadMessage): void {
  if (loadChannel.hasSubscribers) loadChannel.publish(message());
}

export function publishRotation(message: () => RotationMessage): void {
  if (rotatedChannel.hasSubscribers) rotatedChannel.publish(message());
}

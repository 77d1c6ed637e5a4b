import { channel } from 'node:diagnostics_channel';
import type { CredentialErrorCode, RefreshReason } from '@keyturn/core';

/** What came of a load that is shared. */
export type SharedOutcome =
  /** The store had what was wanted. */
  | 'hit'
  /** Another process loaded it meanwhile. */
  | 'waited'
  /** This process loaded it, for all. */
  | 'loaded'
  /** This process loaded it, and the store could not take it: it is tried again in the background. */
  | 'unsaved'
  /** The store failed, and this process loaded for itself. */
  | 'alone'
  | 'failed';

/** Published on `keyturn:store` when a shared load has ended. Carries no secret. */
export interface StoreMessage {
  readonly source: string;
  readonly store: string;
  readonly key: string;
  readonly reason: RefreshReason;
  readonly outcome: SharedOutcome;
  /** Whether the lease was taken from somebody who had not given it back. */
  readonly isTakeover: boolean;
  /** Milliseconds. */
  readonly durationMs: number;
  /** How often the store was asked whether another process has finished. */
  readonly looks: number;
  /** Of the failure of the source, or of the store. */
  readonly code?: CredentialErrorCode;
}

const storeChannel = channel('keyturn:store');

/** Publishes what `message` makes, and makes it only when somebody listens. */
export function publishShared(message: () => StoreMessage): void {
  if (storeChannel.hasSubscribers) storeChannel.publish(message());
}

import type { Clock, Credential, CredentialStats, RefreshReason } from '../contract.js';
import type { CredentialError } from '../errors.js';
import { certificateValidity } from './certificate-validity.js';
import { publishLoad, publishRotation } from './diagnostics.js';
import type { EventHub } from './event-hub.js';
import { outcomeClassOf } from './outcome-class.js';
import { outsideLoads } from './running-load.js';

export interface JournalParts {
  readonly clock: Clock;
  readonly source: { readonly name: string };
  readonly events: EventHub;
}

interface Accepted {
  readonly credential: Credential;
  readonly previous: Credential | undefined;
  readonly reason: RefreshReason;
  readonly tookMs: number;
  readonly bornExpired: boolean;
}

interface Failed {
  readonly error: CredentialError;
  readonly reason: RefreshReason;
  readonly tookMs: number;
  readonly nextAttemptAt: number;
  readonly stillServing: boolean;
}

type Counts = Pick<
  CredentialStats,
  | 'runs'
  | 'failures'
  | 'rotations'
  | 'certificateRotations'
  | 'refusals'
  | 'bornExpired'
  | 'lastDurationMs'
  | 'lastSuccessAt'
>;

/** Counts what happens to a credential, and tells those who listen: events for the program, channels for operators. */
export class Journal {
  readonly events: EventHub;
  readonly #clock: Clock;
  readonly #sourceName: string;
  readonly #counts: { -readonly [Name in keyof Counts]: Counts[Name] } = {
    runs: 0,
    failures: 0,
    rotations: 0,
    certificateRotations: 0,
    refusals: 0,
    bornExpired: 0,
    lastDurationMs: undefined,
    lastSuccessAt: undefined,
  };

  constructor({ clock, source, events }: JournalParts) {
    this.#clock = clock;
    this.#sourceName = source.name;
    this.events = events;
  }

  counts(): Counts {
    return { ...this.#counts };
  }

  started(): void {
    this.#counts.runs += 1;
  }

  refused(): void {
    this.#counts.refusals += 1;
  }

  accepted({ credential, previous, reason, tookMs, bornExpired }: Accepted): void {
    const { generation } = credential;
    if (bornExpired) this.#counts.bornExpired += 1;
    this.#counts.lastDurationMs = tookMs;
    this.#counts.lastSuccessAt = this.#clock.now();
    publishLoad(() => ({
      source: this.#sourceName,
      reason,
      durationMs: tookMs,
      outcome: 'success',
      outcomeClass: 'success',
      generation,
      bornExpired,
    }));
    if (previous !== undefined && previous !== credential)
      this.#rotated(credential, previous, reason);
  }

  failed({ error, reason, tookMs, nextAttemptAt, stillServing }: Failed): void {
    this.#counts.failures += 1;
    this.#counts.lastDurationMs = tookMs;
    publishLoad(() => ({
      source: this.#sourceName,
      reason,
      durationMs: tookMs,
      outcome: 'failure',
      outcomeClass: outcomeClassOf(error.code),
      code: error.code,
      ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    }));
    this.events.emit('refreshFailed', { error, reason, nextAttemptAt, stillServing });
  }

  /** Tells whoever holds something that was made with a credential, and nobody anything after that. */
  closed(error: CredentialError): void {
    outsideLoads(() => this.events.emit('closed', { error }));
    this.events.clear();
  }

  #rotated(credential: Credential, previous: Credential, reason: RefreshReason): void {
    const { generation, certificateGeneration } = credential;
    const certificateChanged = certificateGeneration !== previous.certificateGeneration;
    this.#counts.rotations += 1;
    if (certificateChanged) this.#counts.certificateRotations += 1;
    publishRotation(() => ({
      source: this.#sourceName,
      generation,
      certificateGeneration,
      certificateChanged,
      ...this.#ageOf(certificateChanged, previous),
      reason,
    }));
    this.events.emit('rotated', { credential, previous, reason, certificateChanged });
  }

  #ageOf(certificateChanged: boolean, previous: Credential): { certificateAgeMs?: number } {
    const validity = certificateChanged ? certificateValidity(previous) : undefined;
    return validity === undefined
      ? {}
      : { certificateAgeMs: this.#clock.now() - validity.notBefore };
  }
}

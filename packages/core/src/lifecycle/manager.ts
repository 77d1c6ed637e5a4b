import type {
  Clock,
  Credential,
  CredentialEvents,
  CredentialManager,
  CredentialSource,
  CredentialStats,
  InvalidateOptions,
  RefreshReason,
  Refusal,
  WaitOptions,
} from '../contract.js';
import { CredentialError, isCredentialError } from '../errors.js';
import { quoted } from '../printable.js';
import type { Backoff } from './backoff.js';
import { certificateValidity } from './certificate-validity.js';
import { isSameSecret, mint } from './credential.js';
import type { ExpiryPolicy, ExpirySchedule } from './expiry.js';
import type { Journal } from './journal.js';
import { SingleFlight, waitFor } from './single-flight.js';
import type { Sometimes } from './sometimes.js';

/** What a manager is made of; `container/wiring.ts` says where each part comes from. */
export interface ManagerParts {
  readonly source: CredentialSource;
  readonly clock: Clock;
  readonly expiryPolicy: ExpiryPolicy;
  /** Limits the loads that refusals may start. */
  readonly refusalLimit: Sometimes;
  /** Pauses after failures while nothing usable is held, so that callers wait or fail. */
  readonly waitedBackoff: Backoff;
  /** Pauses after failures behind a credential that still works. */
  readonly backgroundBackoff: Backoff;
  readonly journal: Journal;
}

interface Held {
  readonly credential: Credential;
  readonly schedule: ExpirySchedule;
  /** Resolved once, so that `current()` on a fresh credential makes no promise of its own. */
  readonly promise: Promise<Credential>;
}

/** A pause of up to this long is waited out; a longer one is answered with the last error at once (decision 0011). */
const longestWaitedPauseMs = 1_000;

/**
 * The lifecycle of one credential: fresh, due, expired, refused, rotated.
 *
 * One run of the source serves everyone who waits. State changes in one place, `#accept`, after the whole result has
 * been checked; a failed load leaves everything as it was.
 */
export class Manager implements CredentialManager {
  readonly #parts: ManagerParts;
  readonly #flight: SingleFlight<Credential> = new SingleFlight();
  readonly #closing: AbortController = new AbortController();
  #held: Held | undefined;
  // The fast path of peek() is one comparison: until here the held credential may be served without another thought.
  #freshUntil = Number.NEGATIVE_INFINITY;
  // A server has refused the held credential and a load is on its way: new requests wait for its outcome.
  #waited:
    | { readonly load: Promise<Credential>; readonly outcome: Promise<Credential> }
    | undefined;
  #isRefused = false;
  #lastError: CredentialError | undefined;
  #endPause: (() => void) | undefined;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
  }

  peek(): Credential | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const now = this.#parts.clock.now();
    return now < this.#freshUntil ? held.credential : this.#peekLate(held, now);
  }

  current(options: WaitOptions = {}): Promise<Credential> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.peek() !== undefined && this.#held !== undefined) return this.#held.promise;
    if (this.#closing.signal.aborted) return Promise.reject(this.#closed());
    return waitFor(this.#outcomeOf(this.#flight.current ?? this.#startWaited()), signal);
  }

  refresh(options: WaitOptions = {}): Promise<Credential> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closing.signal.aborted) return Promise.reject(this.#closed());
    this.#endPause?.();
    return waitFor(this.#flight.current ?? this.#start('requested'), signal);
  }

  async invalidate(
    credential: Credential,
    options: InvalidateOptions = {},
  ): Promise<Credential | undefined> {
    const { signal, response } = options;
    this.#parts.journal.refused();
    signal?.throwIfAborted();
    const held = this.#held?.credential;
    if (this.#closing.signal.aborted) return undefined;
    if (held !== undefined && held.generation !== credential.generation) {
      // A late refusal of an older credential starts nothing.
      return isSameSecret(held, credential)
        ? undefined
        : this.#quietly(this.current(options), signal);
    }
    const load = this.#flight.current ?? this.#startRejected(response);
    if (load === undefined) return undefined;
    this.#refuse();
    const next = await this.#quietly(waitFor(load, signal), signal);
    return next === undefined || isSameSecret(next, credential) ? undefined : next;
  }

  on<Name extends keyof CredentialEvents>(
    event: Name,
    listener: (event: CredentialEvents[Name]) => void,
  ): () => void {
    return this.#parts.journal.events.on(event, listener);
  }

  stats(): CredentialStats {
    const held = this.#held;
    // What is spread comes last: Node 20 takes fifty times as long for new properties behind it.
    return Object.freeze({
      generation: held?.credential.generation ?? 0,
      lastErrorCode: this.#lastError?.code,
      nextRefreshAt: this.#nextRefreshAt(),
      expiresAt: held?.credential.expiresAt,
      certificateExpiresAt: held && certificateValidity(held.credential)?.notAfter,
      ...this.#parts.journal.counts(),
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const error = this.#closed();
    this.#closing.abort(error);
    this.#held = undefined;
    this.#freshUntil = Number.NEGATIVE_INFINITY;
    this.#flight.abandon(error);
    this.#endPause?.();
    this.#parts.journal.events.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- serving ---

  #peekLate(held: Held, now: number): Credential | undefined {
    if (this.#isRefused) return undefined;
    if (now < held.schedule.expiredAt) {
      this.#startBackground();
      return held.credential;
    }
    // Within the clock skew, while the source keeps failing: the credential still works, and nothing better is near.
    return now < held.schedule.endsAt && this.#parts.backgroundBackoff.isPausing()
      ? held.credential
      : undefined;
  }

  /** What everyone who waits for `load` is given: one promise, however many they are. */
  #outcomeOf(load: Promise<Credential>): Promise<Credential> {
    if (this.#waited?.load === load) return this.#waited.outcome;
    // Not kept any longer than somebody waits: it would keep a secret.
    const forget = (): void => {
      if (this.#waited?.load === load) this.#waited = undefined;
    };
    const outcome = load.then(
      (credential) => {
        forget();
        return credential;
      },
      (error) => {
        forget();
        return this.#serveDespite(error);
      },
    );
    this.#waited = { load, outcome };
    return outcome;
  }

  /** A load has failed under people who wait: what is held serves on until it really expires. */
  #serveDespite(error: unknown): Credential {
    const held = this.#held;
    if (held !== undefined && this.#parts.clock.now() < held.schedule.endsAt)
      return held.credential;
    throw error;
  }

  /** Turns a failure into undefined, but lets the caller's own abort through. */
  #quietly(
    promise: Promise<Credential>,
    signal: AbortSignal | undefined,
  ): Promise<Credential | undefined> {
    return promise.catch(() => {
      signal?.throwIfAborted();
      return undefined;
    });
  }

  #refuse(): void {
    this.#isRefused = true;
    this.#freshUntil = Number.NEGATIVE_INFINITY;
  }

  // --- loading ---

  #startBackground(): void {
    if (this.#flight.current !== undefined) return;
    if (this.#parts.backgroundBackoff.isPausing() || this.#wouldAsk()) return;
    // Its failure is published, not thrown: the held credential still works.
    void this.#start('due');
  }

  #wouldAsk(): boolean {
    try {
      return this.#parts.source.isInteractive?.() ?? false;
    } catch {
      // A source that cannot even tell fails at the load that people wait for, where its error has a reader.
      return true;
    }
  }

  #startRejected(response: Refusal | undefined): Promise<Credential> | undefined {
    if (this.#parts.backgroundBackoff.isPausing()) return undefined;
    let load: Promise<Credential> | undefined;
    this.#parts.refusalLimit.run(() => {
      load = this.#start('rejected', { response });
    });
    return load;
  }

  /** Starts the load that everyone waits for, after the pause that an earlier failure may have left. */
  #startWaited(): Promise<Credential> {
    const { clock, waitedBackoff } = this.#parts;
    const reason = this.#held === undefined ? 'initial' : 'expired';
    const pauseMs = waitedBackoff.nextAt - clock.now();
    if (pauseMs <= 0) return this.#start(reason);
    if (pauseMs > longestWaitedPauseMs && this.#lastError !== undefined) {
      return Promise.reject(this.#lastError);
    }
    return this.#start(reason, { pauseMs });
  }

  #start(
    reason: RefreshReason,
    options: { readonly pauseMs?: number; readonly response?: Refusal | undefined } = {},
  ): Promise<Credential> {
    const pause = options.pauseMs === undefined ? undefined : this.#pause(options.pauseMs);
    return this.#flight.join(async () => {
      await pause;
      return this.#load(reason, options.response);
    });
  }

  #pause(pauseMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.schedule(pauseMs, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    }).then(() => {
      this.#endPause = undefined;
    });
  }

  async #load(reason: RefreshReason, response: Refusal | undefined): Promise<Credential> {
    const { source, clock, journal } = this.#parts;
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const startedAt = clock.now();
    journal.started();
    try {
      const material = await source.load({ reason, signal, response });
      signal.throwIfAborted();
      return this.#accept(mint(material, source.name, this.#held?.credential), reason, startedAt);
    } catch (error) {
      if (signal.aborted) throw this.#closed();
      throw this.#reject(asCredentialError(error, source.name), reason, startedAt);
    }
  }

  #accept(credential: Credential, reason: RefreshReason, startedAt: number): Credential {
    const { clock, expiryPolicy, journal, waitedBackoff, backgroundBackoff } = this.#parts;
    const previous = this.#held?.credential;
    const schedule = expiryPolicy.schedule(credential.expiresAt, clock.now());
    this.#held = { credential, schedule, promise: Promise.resolve(credential) };
    this.#isRefused = false;
    this.#freshUntil = schedule.dueAt;
    this.#lastError = undefined;
    waitedBackoff.reset();
    backgroundBackoff.reset();
    const { bornExpired } = schedule;
    journal.accepted({ credential, previous, reason, startedAt, bornExpired });
    return credential;
  }

  #reject(error: CredentialError, reason: RefreshReason, startedAt: number): CredentialError {
    const { clock, journal, waitedBackoff, backgroundBackoff } = this.#parts;
    const held = this.#held;
    const stillServing = held !== undefined && clock.now() < held.schedule.endsAt;
    const backoff = stillServing ? backgroundBackoff : waitedBackoff;
    backoff.fail();
    this.#lastError = error;
    if (this.#isRefused && held !== undefined) {
      // As client-go does: one server's refusal does not take away a credential that others may still accept.
      this.#isRefused = false;
      this.#freshUntil = held.schedule.dueAt;
    }
    journal.failed({ error, reason, startedAt, nextAttemptAt: backoff.nextAt, stillServing });
    return error;
  }

  #nextRefreshAt(): number | undefined {
    const { waitedBackoff, backgroundBackoff } = this.#parts;
    const nextAt =
      this.#held === undefined
        ? waitedBackoff.nextAt
        : Math.max(this.#held.schedule.dueAt, backgroundBackoff.nextAt);
    return Number.isFinite(nextAt) ? nextAt : undefined;
  }

  #closed(): CredentialError {
    return new CredentialError(
      'ERR_MANAGER_CLOSED',
      `The manager of credential source ${quoted(this.#parts.source.name)} is closed.`,
    );
  }
}

// Codes of system errors are safe to repeat; messages of a stranger's error are not.
const safeCode = /^[A-Z][A-Z0-9_]{1,63}$/;

function asCredentialError(thrown: unknown, sourceName: string): CredentialError {
  if (isCredentialError(thrown)) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : '';
  const suffix = typeof code === 'string' && safeCode.test(code) ? ` with ${code}` : '';
  return new CredentialError(
    'ERR_SOURCE_FAILED',
    `Credential source ${quoted(sourceName)} failed${suffix}; "original()" of this error returns what it threw.`,
    { original: thrown },
  );
}

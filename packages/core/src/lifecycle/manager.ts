import type {
  Clock,
  Credential,
  CredentialEvents,
  CredentialFailure,
  CredentialHealth,
  CredentialManager,
  CredentialSource,
  CredentialStats,
  CurrentOptions,
  InvalidateOptions,
  RefreshReason,
  Refusal,
  WaitOptions,
} from '../contract.js';
import { CredentialError } from '../errors.js';
import { numberOption } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import { waitFor } from '../wait-for.js';
import type { Backoff } from './backoff.js';
import { certificateValidity } from './certificate-validity.js';
import { isSameResult, isSameSecret, mint, refreshTimeOf, stateOf } from './credential.js';
import type { ExpiryPolicy, ExpirySchedule } from './expiry.js';
import type { Journal } from './journal.js';
import type { Patience } from './patience.js';
import { outsideLoads, RunningLoad } from './running-load.js';
import { SingleFlight } from './single-flight.js';
import type { Sometimes } from './sometimes.js';
import { asCredentialError, describeGivingUp, nextLoadAfter } from './source-failure.js';

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
  /** Ends the loads that ask a person when nobody answers. */
  readonly patience: Patience;
  readonly journal: Journal;
}

interface Held {
  readonly credential: Credential;
  readonly schedule: ExpirySchedule;
  /** When its source wants to be asked again. */
  readonly refreshAt: number | undefined;
  /** Resolved once, so that `current()` on a fresh credential makes no promise of its own. */
  readonly promise: Promise<Credential>;
}

// What nobody has said, and nothing on Object.prototype either.
const noOptions: object = Object.freeze({ __proto__: null });

/** The options of a call; those who give none, which is nearly everybody, cost nothing. */
function ownOptions<Options extends object>(options: Options): Options {
  return options === noOptions ? options : snapshot(options);
}

/** A pause of up to this long is waited out; a longer one is answered with the last error at once (decision 0011). */
const longestWaitedPauseMs = 1_000;

/** A source that wanted to be asked again in the past is asked no sooner than this, or each request would ask it. */
const shortestLookMs = 1_000;

/** What arrived less than this ago is the longest that the source has to give. */
const newestMs = 10_000;

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
  // The fast path of peek(): between these two the held credential may be served without another thought. Where the
  // clock stands before the first of them it has gone back, and the schedule that was made then does not hold any more.
  #heldSince = Number.NEGATIVE_INFINITY;
  #freshUntil = Number.NEGATIVE_INFINITY;
  // A server has refused the held credential and a load is on its way: new requests wait for its outcome.
  #waited:
    | { readonly load: Promise<Credential>; readonly outcome: Promise<Credential> }
    | undefined;
  #isRefused = false;
  /** The load that runs, or will after the pause before it. */
  #load: RunningLoad | undefined;
  /** What the source wants back. */
  #state: string | undefined;
  #lastError: CredentialError | undefined;
  #lastFailure: CredentialFailure | undefined;
  #endPause: (() => void) | undefined;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
  }

  peek(): Credential | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const now = this.#parts.clock.now();
    return now < this.#freshUntil && now >= this.#heldSince
      ? held.credential
      : this.#peekLate(held, now);
  }

  current(options: CurrentOptions = noOptions): Promise<Credential> {
    const given = ownOptions(options);
    const { signal, minValidityMs } = given;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.peek() !== undefined && this.#held !== undefined) {
      return minValidityMs === undefined ? this.#held.promise : this.#longEnough(this.#held, given);
    }
    if (this.#closing.signal.aborted) return Promise.reject(this.#closed());
    return this.#wait(signal, () => this.#outcomeOf(this.#flight.current ?? this.#startWaited()));
  }

  refresh(options: WaitOptions = noOptions): Promise<Credential> {
    const { signal } = ownOptions(options);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#closing.signal.aborted) return Promise.reject(this.#closed());
    this.#endPause?.();
    return this.#wait(signal, () => this.#flight.current ?? this.#start('requested'));
  }

  async invalidate(
    credential: Credential,
    options: InvalidateOptions = noOptions,
  ): Promise<Credential | undefined> {
    const { signal, response } = ownOptions(options);
    this.#parts.journal.refused();
    signal?.throwIfAborted();
    const held = this.#held?.credential;
    if (this.#closing.signal.aborted) return undefined;
    this.#refuseRecursion();
    if (held !== undefined && held.generation !== credential.generation) {
      // A late refusal of an older credential starts nothing.
      return isSameSecret(held, credential)
        ? undefined
        : this.#quietly(this.current(options), signal);
    }
    const load = this.#flight.current ?? this.#startRejected(response);
    if (load === undefined) return undefined;
    this.#refuse();
    const next = await this.#quietly(
      this.#wait(signal, () => load),
      signal,
    );
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
      lastErrorCode: this.#lastFailure?.code,
      nextRefreshAt: this.#nextRefreshAt(),
      expiresAt: held?.credential.expiresAt,
      certificateExpiresAt: held && certificateValidity(held.credential)?.notAfter,
      ...this.#parts.journal.counts(),
    });
  }

  health(): CredentialHealth {
    const { clock, source } = this.#parts;
    const endsAt = this.#isRefused ? undefined : this.#held?.schedule.endsAt;
    const isUsable = endsAt !== undefined && clock.now() < endsAt;
    return Object.freeze({
      sourceName: source.name,
      isUsable,
      usableUntil: isUsable && Number.isFinite(endsAt) ? endsAt : undefined,
      lastError: this.#lastFailure,
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const error = this.#closed();
    this.#closing.abort(error);
    this.#held = undefined;
    this.#state = undefined;
    this.#freshUntil = Number.NEGATIVE_INFINITY;
    // What the source threw may hold a secret.
    this.#lastError = undefined;
    this.#flight.abandon(error);
    this.#endPause?.();
    this.#load?.end();
    this.#parts.journal.closed(error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- serving ---

  #peekLate(held: Held, now: number): Credential | undefined {
    if (this.#isRefused) return undefined;
    const { dueAt, expiredAt, endsAt } =
      now < this.#heldSince ? this.#reschedule(held, now) : held.schedule;
    if (now < dueAt) return held.credential;
    if (now < expiredAt) {
      this.#startBackground();
      return held.credential;
    }
    // Within the clock skew, while the source keeps failing: the credential still works, and nothing better is near.
    return now < endsAt && this.#isAtRest() ? held.credential : undefined;
  }

  /** The clock has gone back: the expiry is judged anew, by the clock as it is now. */
  #reschedule({ credential, refreshAt, promise }: Held, now: number): ExpirySchedule {
    return this.#hold(credential, refreshAt, now, promise);
  }

  #hold(
    credential: Credential,
    refreshAt: number | undefined,
    now: number,
    promise: Promise<Credential>,
  ): ExpirySchedule {
    const judged = this.#parts.expiryPolicy.schedule(credential.expiresAt, now);
    const lookAt = refreshAt !== undefined && refreshAt <= now ? now + shortestLookMs : refreshAt;
    const schedule =
      lookAt !== undefined && lookAt < judged.dueAt ? { ...judged, dueAt: lookAt } : judged;
    this.#held = { credential, schedule, refreshAt, promise };
    this.#heldSince = now;
    this.#freshUntil = schedule.dueAt;
    return schedule;
  }

  /** Resolves with `held` where that is good for long enough, or there is no use in asking for more. */
  #longEnough(held: Held, { signal, minValidityMs }: CurrentOptions): Promise<Credential> {
    try {
      numberOption('minValidityMs', minValidityMs, 0);
    } catch (error) {
      return Promise.reject(error);
    }
    const now = this.#parts.clock.now();
    const isLongEnough = held.schedule.endsAt - now >= (minValidityMs ?? 0);
    if (isLongEnough || now - this.#heldSince < newestMs || this.#isAtRest()) return held.promise;
    return this.#wait(signal, () => this.#outcomeOf(this.#flight.current ?? this.#start('due')));
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

  // --- waiting ---

  /**
   * Waits for what `begin` returns, unless it is a load that asks, which would wait for itself.
   * @throws nothing: the promise rejects.
   */
  #wait(signal: AbortSignal | undefined, begin: () => Promise<Credential>): Promise<Credential> {
    const asking = RunningLoad.inside();
    if (asking !== undefined && this.#load?.dependsOn(asking)) {
      return Promise.reject(this.#recursion());
    }
    const wait = waitFor(begin(), signal);
    if (this.#load === undefined) return wait;
    this.#load.keepAlive.enter(signal);
    asking?.waitFor(this.#load, wait);
    return wait;
  }

  /** @throws {CredentialError} ERR_SOURCE_RECURSION inside the load that runs, or one that it waits for. */
  #refuseRecursion(): void {
    const asking = RunningLoad.inside();
    if (asking !== undefined && this.#load?.dependsOn(asking)) throw this.#recursion();
  }

  #recursion(): CredentialError {
    return new CredentialError(
      'ERR_SOURCE_RECURSION',
      `Credential source ${quoted(this.#parts.source.name)} asked, inside its own load, the manager that waits for it. Send its requests through a client that is not bound to this manager.`,
    );
  }

  // --- loading ---

  /** Whether no load may start by itself right now, behind a credential that still works. */
  #isAtRest(): boolean {
    const { backgroundBackoff, patience } = this.#parts;
    return patience.isOver || backgroundBackoff.isPausing();
  }

  #startBackground(): void {
    if (this.#flight.current !== undefined) return;
    if (this.#isAtRest() || this.#wouldAsk()) return;
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
    if (this.#isAtRest()) return undefined;
    let load: Promise<Credential> | undefined;
    this.#parts.refusalLimit.run(() => {
      load = this.#start('rejected', { response });
    });
    return load;
  }

  /** Starts the load that everyone waits for, after the pause that an earlier failure may have left. */
  #startWaited(): Promise<Credential> {
    const { waitedBackoff, patience } = this.#parts;
    const reason = this.#held === undefined ? 'initial' : 'expired';
    const pauseMs = waitedBackoff.remainingMs();
    if (this.#lastError !== undefined && (patience.isOver || pauseMs > longestWaitedPauseMs)) {
      return Promise.reject(this.#lastError);
    }
    return this.#start(reason, pauseMs === 0 ? {} : { pauseMs });
  }

  #start(
    reason: RefreshReason,
    options: { readonly pauseMs?: number; readonly response?: Refusal | undefined } = {},
  ): Promise<Credential> {
    const pause = options.pauseMs === undefined ? undefined : this.#pause(options.pauseMs);
    const load = new RunningLoad();
    this.#load = load;
    return this.#flight.join(async () => {
      try {
        await pause;
        return await this.#run(load, reason, options.response);
      } finally {
        load.end();
        if (this.#load === load) this.#load = undefined;
      }
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

  async #run(
    load: RunningLoad,
    reason: RefreshReason,
    response: Refusal | undefined,
  ): Promise<Credential> {
    const { source, clock, journal } = this.#parts;
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const startedAt = this.#elapsed();
    // Not less than nothing, should the clock have gone back meanwhile.
    const tookMs = (): number => Math.max(0, this.#elapsed() - startedAt);
    journal.started();
    try {
      const keepAlive = load.keepAlive.hold;
      const material = await load.run(() =>
        source.load({ reason, signal, clock, response, state: this.#state, keepAlive }),
      );
      signal.throwIfAborted();
      this.#state = stateOf(material);
      const held = this.#held?.credential;
      const minted = mint(material, source.name, held);
      const refreshAt = refreshTimeOf(material, source.name);
      // A look that has found nothing new.
      const credential = refreshAt !== undefined && isSameResult(held, minted) ? held : minted;
      load.end();
      return this.#accept(credential, { refreshAt, reason, tookMs: tookMs() });
    } catch (error) {
      load.end();
      if (signal.aborted) throw this.#closed();
      throw this.#reject(asCredentialError(error, source.name), reason, tookMs());
    }
  }

  #accept(
    credential: Credential,
    {
      refreshAt,
      reason,
      tookMs,
    }: { refreshAt: number | undefined; reason: RefreshReason; tookMs: number },
  ): Credential {
    const { clock, journal, waitedBackoff, backgroundBackoff, patience } = this.#parts;
    const previous = this.#held?.credential;
    const promise = Promise.resolve(credential);
    const { bornExpired } = this.#hold(credential, refreshAt, clock.now(), promise);
    this.#isRefused = false;
    this.#lastError = undefined;
    this.#lastFailure = undefined;
    waitedBackoff.reset();
    backgroundBackoff.reset();
    patience.succeeded();
    outsideLoads(() => journal.accepted({ credential, previous, reason, tookMs, bornExpired }));
    return credential;
  }

  #reject(thrown: CredentialError, reason: RefreshReason, tookMs: number): CredentialError {
    const { clock, journal, waitedBackoff, backgroundBackoff, patience } = this.#parts;
    const held = this.#held;
    const stillServing = held !== undefined && clock.now() < held.schedule.endsAt;
    const backoff = stillServing ? backgroundBackoff : waitedBackoff;
    const { isFinal, retryAfterMs } = nextLoadAfter(thrown);
    patience.failed(tookMs, isFinal);
    backoff.fail(tookMs, patience.restMs);
    // What a service has said holds whether or not something is held when it is asked again.
    for (const each of [waitedBackoff, backgroundBackoff]) each.leaveAlone(retryAfterMs);
    const isGivenUp = patience.isOver || patience.restMs > 0;
    const error = isGivenUp ? describeGivingUp(thrown, patience) : thrown;
    this.#lastError = error;
    this.#lastFailure = Object.freeze({ code: error.code, at: clock.now() });
    if (this.#isRefused && held !== undefined) {
      // As client-go does: one server's refusal does not take away a credential that others may still accept.
      this.#isRefused = false;
      this.#freshUntil = held.schedule.dueAt;
    }
    const nextAttemptAt = patience.isOver ? Number.POSITIVE_INFINITY : backoff.nextAt;
    outsideLoads(() => journal.failed({ error, reason, tookMs, nextAttemptAt, stillServing }));
    return error;
  }

  #elapsed(): number {
    const { clock } = this.#parts;
    return clock.elapsed?.() ?? clock.now();
  }

  #nextRefreshAt(): number | undefined {
    const { waitedBackoff, backgroundBackoff, patience } = this.#parts;
    if (patience.isOver) return undefined;
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

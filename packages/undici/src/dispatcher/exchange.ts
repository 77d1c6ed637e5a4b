import {
  authorizationOf,
  type Bearer,
  type Credential,
  type CredentialManager,
  carriesHeadersOf,
  isCertificateRefusal,
  isRefusedStatus,
  isRepeatable,
  maxResends,
  parseUrl,
  type RedirectTrail,
  type Refusal,
} from '@keyturn/core/binding';
import { errors } from 'undici';
import { onStreamError } from './body-stream.js';
import type { Who } from './composed-dispatch.js';
import type { Abort, HeaderRecord, RawHeaders } from './handler-shape.js';
import type { InnerDispatcher } from './inner-dispatcher.js';
import { brokeWhenKept } from './kept-connection.js';
import { isReplayableBody } from './replayable-body.js';
import {
  copyHeaders,
  hasHeader,
  withAuthorization,
  withOthers,
  withoutRoom,
} from './request-headers.js';
import { anotherAttempt, type RequestSnapshot, urlOf } from './request-snapshot.js';
import { describeHeaders, headerEntries } from './response-headers.js';
import type { User } from './user.js';
import type { WaitingRoom } from './waiting-room.js';

/** The way of an exchange to the server. */
export interface ExchangeRoute {
  readonly manager: CredentialManager;
  /** Where answers lead: whoever follows redirects above dispatches each hop by itself. */
  readonly trail: RedirectTrail;
  /** Whether a refused request may be sent once more. */
  readonly replay: boolean;
  readonly refusedStatuses: readonly number[];
  /** Exchanges that wait for the manager; who closes the route looks after them. */
  readonly waiting: WaitingRoom<Exchange>;
  /** Whether new attempts still carry a credential. */
  isOpen(): boolean;
  /** Returns what has the connections of the credential, or those of nobody, for a request. */
  innerFor(credential: Credential | undefined, request: RequestSnapshot): InnerDispatcher;
}

/**
 * `ours` carries our Authorization, `theirs` one of the caller's own on a connection with our certificate, `nobodys`
 * nothing of ours; `again` is the replay of the first.
 */
export type ExchangeKind = Bearer | 'again';

/**
 * Where an exchange stands: `waiting` for a credential, `sent` and without an answer, `held` while the refusal of
 * this attempt is looked into, `passing` everything on, or `dropped` because it failed or another took its place.
 */
type Phase = 'new' | 'waiting' | 'sent' | 'held' | 'passing' | 'dropped';

/**
 * A refusal is kept up to this size while it is looked into; a longer one is delivered as it comes. Bytes.
 * It is not paused instead: undici 7 ends the process where the server closes a connection whose answer is paused.
 */
const maxHeldBytes = 1_048_576;

/** The rest of an answer is read up to this size, which keeps the connection. Bytes. */
const maxDiscardedBytes = 65_536;

/**
 * One request on its way: waits for a credential, holds back a refusal, and is sent again with the next credential.
 *
 * This is the loop of `withCredential` in the words of undici, where nothing can be awaited: it stands between undici and
 * the handler of the caller as a handler itself. There is one kind for each kind of
 * handler, because turning one into the other and back costs an eighth of the request rate.
 */
export abstract class Exchange implements User {
  seat = -1;
  readonly #route: ExchangeRoute;
  readonly #options: RequestSnapshot;
  readonly #kind: ExchangeKind;
  #phase: Phase = 'new';
  /** Whether the caller has what it can abort with. */
  #isStarted = false;
  /** Whether anything of an answer is there. */
  #isAnswered = false;
  /** How often the request has been sent again because a kept connection broke under it. */
  #resends = 0;
  #credential: Credential | undefined;
  #inner: InnerDispatcher | undefined;
  /** The headers as the caller has set them, where the credential has more than an Authorization. */
  #given: unknown;
  /** Of the attempt under way. */
  #abortAttempt: Abort | undefined;
  #reason: Error | undefined;
  /** What the held attempt has brought so far. */
  #held: (() => unknown)[] | undefined;
  /** Kept, or read in vain. */
  #unreadBytes = 0;
  #successor: Exchange | undefined;
  /** Where the answer leads, if it does. */
  #location: string | undefined;

  constructor(route: ExchangeRoute, options: RequestSnapshot, kind: ExchangeKind) {
    this.#route = route;
    this.#options = options;
    this.#kind = kind;
  }

  /** Sends now where a credential is held, else when there is one. Returns what undici's `dispatch` returns. */
  begin(): boolean {
    const credential = this.#route.manager.peek();
    if (credential !== undefined) return this.#send(credential);
    this.#wait();
    return true;
  }

  /** Sends with `credential`, or as nobody, whatever the manager holds. */
  beginWith(credential: Credential | undefined): boolean {
    return this.#send(credential);
  }

  /** The same for whoever sends it again by itself. */
  beginOnceWith(credential: Credential | undefined): boolean {
    this.#resends = maxResends;
    return this.#send(credential);
  }

  /** Sends as nobody over the connections of `inner`. */
  beginThrough(inner: InnerDispatcher): boolean {
    this.#phase = 'passing';
    return this.#dispatch(() => inner);
  }

  /** Ends the exchange as the caller's own abort does. */
  abort(given?: Error | null): void {
    const reason = given ?? new errors.RequestAbortedError();
    if (this.#successor !== undefined) this.#successor.abort(reason);
    else if (this.#phase === 'held') this.#fail(reason, this.#abortAttempt);
    // undici knows what to do with a request on a connection; one that waits, here or in its queue, fails at once.
    else if (this.#abortAttempt === undefined) this.#fail(reason);
    else this.#abortAttempt(reason);
  }

  /** Ends an exchange whose answer somebody reads. One that is held leaves its connection by itself. */
  cut(reason: Error): void {
    if (this.#phase !== 'held') this.abort(reason);
  }

  /** Goes on without a credential. */
  unbind(): void {
    if (this.#phase === 'held') this.#release();
    else if (this.#phase === 'waiting') this.#send(undefined);
  }

  // --- for the two kinds ---

  /** Hands the caller what it can abort with. */
  protected abstract start(context?: unknown): void;
  /** Tells the caller that there will be no answer, or no more of it. */
  protected abstract end(error: Error): void;
  /** Makes the exchange that takes the place of this one for the same caller. */
  protected abstract again(
    route: ExchangeRoute,
    options: RequestSnapshot,
    kind: ExchangeKind,
  ): Exchange;

  /** undici has begun an attempt. It does so again where a connection failed before anything was sent. */
  protected onStart(abort: Abort, context?: unknown): void {
    this.#abortAttempt = abort;
    if (this.#phase === 'dropped') abort(this.#reason);
    else this.#startOnce(context);
  }

  /** Whether the caller hears of everything that happens. */
  protected get isPassing(): boolean {
    return this.#phase === 'passing';
  }

  /** Whether the server may have answered this request because of who asks, which nobody outside has seen. */
  protected get isAuthenticated(): boolean {
    return this.#credential !== undefined;
  }

  /** The head of the answer is there; tells whether it is to be kept from the caller for now. */
  protected onHead(status: number, headers: RawHeaders | HeaderRecord): boolean {
    this.#isAnswered = true;
    if (status >= 300 && status < 400) this.#leadOn(headers);
    if (this.#phase !== 'sent' || status < 200) return false;
    if (this.#kind === 'ours' && this.#isRefused(status)) {
      const response = { status, headers: describeHeaders(headerEntries(headers)) };
      if (this.#canReplay()) {
        this.#hold(response);
        return true;
      }
      this.#report(response).catch(() => {});
    }
    this.#phase = 'passing';
    return false;
  }

  /** Keeps an event of an attempt that is held; that of a dropped one is lost. */
  protected keep(deliver: () => unknown): void {
    if (this.#phase !== 'held') return;
    this.#held ??= [];
    this.#held.push(deliver);
  }

  /** The same for data, of which there can be more than anyone would want. */
  protected keepData(chunk: Buffer, deliver: () => unknown): void {
    this.keep(deliver);
    this.#unreadBytes += chunk.length;
    if (this.#phase === 'dropped') {
      if (this.#unreadBytes > maxDiscardedBytes) this.#abortAttempt?.();
    } else if (this.#unreadBytes > maxHeldBytes) this.#release();
  }

  /** The answer is complete, or the connection has switched to another protocol. */
  protected onDone(): void {
    this.#isAnswered = true;
    this.#phase = 'passing';
    this.#noteLead();
    this.#leave();
  }

  protected onFailure(error: Error): void {
    this.keep(() => this.end(error));
    if (this.#phase === 'dropped' || this.#phase === 'held') return;
    if (this.#mayResend(error)) {
      this.#resend();
      return;
    }
    if (this.#phase === 'sent' && this.#kind === 'ours' && isCertificateRefusal(error)) {
      if (this.#canReplay()) {
        this.#abortAttempt = undefined;
        this.#hold();
        this.keep(() => this.end(error));
        return;
      }
      this.#report().catch(() => {});
    }
    this.#phase = 'dropped';
    this.#leave();
    this.end(error);
  }

  // --- one's own ---

  /** A hop that follows one of ours is judged by the scope alone. */
  #leadOn(headers: RawHeaders | HeaderRecord): void {
    if (this.#kind !== 'theirs' && this.#kind !== 'nobodys') return;
    this.#location = describeHeaders(headerEntries(headers))['location']?.[0];
    this.#noteLead();
  }

  /** At the head of the answer, for fetch, and at its end, for an interceptor that waits for it. */
  #noteLead(): void {
    if (this.#location === undefined) return;
    const from = parseUrl(urlOf(this.#options));
    if (from !== undefined) this.#route.trail.note(from, this.#location, this.#kind as Bearer);
  }

  #startOnce(context?: unknown): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.start(context);
  }

  #wait(): void {
    this.#phase = 'waiting';
    this.#startOnce();
    // The caller may have aborted by then.
    if (this.#phase !== 'waiting') return;
    this.#route.waiting.add(this);
    const release = onStreamError(this.#options.body, (error) => this.abort(error));
    this.#route.manager
      .current()
      .finally(release)
      .then(
        (credential) => this.#phase === 'waiting' && this.#send(credential),
        (error: Error) => this.#phase === 'waiting' && this.#fail(error),
      );
  }

  #send(credential: Credential | undefined): boolean {
    if (this.#phase !== 'new') this.#route.waiting.delete(this);
    this.#credential = credential;
    this.#phase = credential === undefined || this.#kind === 'theirs' ? 'passing' : 'sent';
    this.#setHeaders(credential);
    const options = this.#options;
    return this.#dispatch(() => this.#route.innerFor(credential, options));
  }

  #setHeaders(credential: Credential | undefined): void {
    const options = this.#options;
    if (credential?.headers !== undefined) {
      this.#given = options.headers;
      options.headers = withOthers(options.headers, credential);
    }
    options.headers =
      this.#phase === 'sent'
        ? withAuthorization(options.headers, authorizationOf(credential as Credential))
        : withoutRoom(options.headers);
  }

  /** Not where the caller has set all headers that the credential has: then it says nothing about that. */
  #isRefused(status: number): boolean {
    if (!isRefusedStatus(status, this.#route.refusedStatuses)) return false;
    const credential = this.#credential as Credential;
    return (
      credential.headers === undefined ||
      carriesHeadersOf(credential, (key) => hasHeader(this.#given, key))
    );
  }

  #dispatch(choose: () => InnerDispatcher): boolean {
    try {
      this.#inner = choose();
      this.#inner.users.add(this);
      // The two kinds are handlers; only together do they cover both sorts.
      return this.#inner.dispatch(this.#options, this as object, this.#who);
    } catch (error) {
      this.#fail(error as Error);
      return true;
    }
  }

  get #who(): Who {
    return this.#kind === 'theirs' ? 'theirs' : (this.#credential ?? 'nobody');
  }

  #canReplay(): boolean {
    return this.#route.replay && this.#route.isOpen() && isReplayableBody(this.#options.body);
  }

  /** Keeps everything from the caller until it is known what a refusal leads to. */
  #hold(response?: Refusal): void {
    this.#phase = 'held';
    this.#route.waiting.add(this);
    this.#report(response).then(
      (next) => this.#afterRefusal(next),
      () => this.#afterRefusal(undefined),
    );
  }

  #report(response?: Refusal): Promise<Credential | undefined> {
    return this.#route.manager.invalidate(this.#credential as Credential, { response });
  }

  #afterRefusal(next: Credential | undefined): void {
    if (this.#phase !== 'held') return;
    if (next === undefined || !this.#route.isOpen()) this.#release();
    else this.#replay(next);
  }

  #replay(next: Credential): void {
    this.#route.waiting.delete(this);
    this.#held = undefined;
    this.#unreadBytes = 0;
    this.#handOver('again').#send(next);
  }

  /** As Go's transport does: the next connection is a new one, unless another request has just left one that breaks too. */
  #mayResend(error: Error): boolean {
    const { method, headers, body } = this.#options;
    return (
      brokeWhenKept(error) &&
      !this.#isAnswered &&
      this.#resends < maxResends &&
      this.#route.isOpen() &&
      isReplayableBody(body) &&
      isRepeatable(
        String(method).toUpperCase(),
        describeHeaders(headerEntries((headers ?? {}) as HeaderRecord)),
      )
    );
  }

  #resend(): void {
    const next = this.#handOver(this.#kind);
    next.#resends = this.#resends + 1;
    if (this.#kind === 'nobodys') next.beginThrough(this.#inner as InnerDispatcher);
    else if (this.#kind === 'theirs') next.beginWith(this.#credential);
    else next.begin();
  }

  #handOver(kind: ExchangeKind): Exchange {
    this.#phase = 'dropped';
    this.#leave();
    const options = anotherAttempt(this.#options);
    if (this.#given !== undefined) options.headers = copyHeaders(this.#given);
    const next = this.again(this.#route, options, kind);
    next.#isStarted = true;
    this.#successor = next;
    return next;
  }

  /** Delivers what was held, as if nothing had happened. */
  #release(): void {
    this.#route.waiting.delete(this);
    this.#phase = 'passing';
    const held = this.#held ?? [];
    this.#held = undefined;
    try {
      for (const deliver of held) deliver();
    } catch (error) {
      // undici fails a request whose handler throws.
      this.#fail(error as Error, this.#abortAttempt);
    }
  }

  #fail(reason: Error, abortAttempt?: Abort): void {
    if (this.#phase === 'dropped') return;
    this.#route.waiting.delete(this);
    this.#phase = 'dropped';
    this.#leave();
    this.#reason = reason;
    this.#held = undefined;
    abortAttempt?.(reason);
    this.end(reason);
  }

  #leave(): void {
    this.#inner?.users.delete(this);
  }
}

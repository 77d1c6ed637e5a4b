/**
 * The contract: what a credential source gives, what a manager keeps, and what a binding needs.
 * Types only; everything else in Keyturn depends on this file and this file depends on nothing.
 */

/** A client certificate with its private key, both PEM text; the certificate may be followed by its chain. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a credential source returns: a bearer token, headers, a client certificate, or several of them. */
export interface CredentialMaterial {
  /** Bearer token, without the word `Bearer`; only characters that may stand in an HTTP header. */
  readonly token?: string | undefined;
  /**
   * Headers of each request, beside the token or in its place: `X-API-Key`, `X-Vault-Token`, `Impersonate-User`. Every value is a
   * secret. An `authorization` among them takes the place of the token. A header of the same name that the caller sets wins, each for
   * itself. Names that belong to the message or its connection, such as `Host`, are refused.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  /** True where requests go out as nobody on purpose: then neither token, certificate nor headers need be there. */
  readonly anonymous?: boolean | undefined;
  /** When the source says the material expires. Unix milliseconds; absent means: until a server refuses it. */
  readonly expiresAt?: number | undefined;
  /**
   * From when on the source is asked again, in the background and when somebody asks for the credential. Unix milliseconds; what has
   * passed already is taken for a second from now. What is held stays good until `expiresAt`. Absent means: some time before it expires.
   */
  readonly refreshAt?: number | undefined;
  /**
   * What the source wants back at its next load, such as a refresh token that is used once. A secret: it stands on no credential, and
   * nothing prints it. The manager takes it even where it refuses the rest of the material. Absent means: nothing.
   */
  readonly state?: string | undefined;
}

/**
 * Material that a manager has accepted: frozen, numbered, and silent about its secrets.
 *
 * `console.log`, `util.inspect` and `JSON.stringify` show what it carries, never the token, the key or the value of a header.
 * Do not spread it: the copy forgets how to redact itself.
 */
export interface Credential {
  /** 1 for the first result that a manager accepts, then one more for each; a look (`refreshAt`) that finds the same makes none. */
  readonly generation: number;
  /** 1 for the first result, then one more only when certificate or key changed: a token rotation keeps connections. */
  readonly certificateGeneration: number;
  readonly token?: string | undefined;
  /** Names as the source spells them; undefined where there are none. Shows its values to whoever asks for one, and to no printer. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  /** Unix milliseconds; the earlier of the source's word and the certificate's notAfter. */
  readonly expiresAt?: number | undefined;
}

/**
 * Why a source is asked: nothing is held yet, the held credential is due or expired, a server refused it,
 * or the program called `refresh()`.
 */
export type RefreshReason = 'initial' | 'due' | 'expired' | 'rejected' | 'requested';

/** The answer with which a server refused a credential. Header names are lower case. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

/** Something that keeps the process alive until it is told not to: a child process, a socket, a timer. */
export interface KeepsAlive {
  ref(): unknown;
  unref(): unknown;
}

export interface LoadContext {
  readonly reason: RefreshReason;
  /** Aborted when the manager closes; a source that runs something long ends it then. */
  readonly signal: AbortSignal;
  /**
   * The clock of the manager, by which `expiresAt` is judged: a source that asks it for the time works under a clock that a
   * test sets. Absent where somebody else than a manager asks.
   */
  readonly clock?: Clock | undefined;
  /** The refusal behind a load with the reason `rejected`, where the binding knows it. */
  readonly response?: Refusal | undefined;
  /** The `state` of the last material that the source returned. A secret. */
  readonly state?: string | undefined;
  /**
   * Whether what the load gives is kept for others, also when `signal` has aborted meanwhile. A request that uses something up, such as a
   * refresh token that is rotated, then goes on once it has been sent, within a limit of its own. Default false: nobody takes it any more.
   */
  readonly isKept?: boolean | undefined;
  /**
   * Hands over what a load holds open. It then keeps the process alive only while somebody waits for this load: a program
   * that has finished ends, whatever still runs in the background. The returned function takes it back.
   * Absent where nobody counts who waits; then it keeps the process alive to its end.
   */
  readonly keepAlive?: ((handle: KeepsAlive) => () => void) | undefined;
}

/** One origin of credentials: a plugin, a file, a vault. The one thing that a user of Keyturn has to bring. */
export interface CredentialSource {
  /** Stands in messages and events; never holds a secret. */
  readonly name: string;
  /**
   * Gets new material. Runs at most once at a time for each manager.
   * Whatever it throws reaches the callers that wait: a CredentialError as it is, anything else wrapped. A CredentialError with
   * `isFinal` has the source left alone until `refresh()` is called; one with `retryAfterMs` for at least so long.
   */
  load(context: LoadContext): Promise<CredentialMaterial>;
  /**
   * Tells whether a load right now could ask a person for something. Such a load never runs in the background.
   * A source without this method never asks.
   */
  isInteractive?(): boolean;
  /**
   * Tells whether a load that failed after `tookMs` milliseconds may have asked a person and got no answer: through the
   * terminal, or in a browser, where the load may run in the background all the same. After `giveUpAfter` such failures
   * in a row only `refresh()` asks again; where some of them only `'perhaps'` asked, the next ones are up to an hour
   * apart. Default: what `isInteractive()` says.
   */
  mayHaveAsked?(tookMs: number): boolean | 'perhaps';
}

/**
 * Where processes share what a credential source has given, each under a key: what `sharedSource` of `@keyturn/store` asks.
 *
 * A store keeps one record and at most one lease for each key. Every method is one step that happens whole or not at all, for all
 * processes that use the store. None waits for another process: who finds a lease taken asks again. What a method rejects with is a
 * failure of the store, and says nothing of what it holds; it may hold no secret. `testStore` of `@keyturn/testkit` tries all of this.
 */
export interface CredentialStore {
  /** Stands in messages and events; never holds a secret. */
  readonly name: string;
  /** Whether a record can be gone although nobody has deleted it: a server that is flushed, evicts, or fails over. Default false. */
  readonly mayForget?: boolean;
  /** Reads what is kept under `key`, whoever has the lease; undefined where nothing has been written. */
  read(key: string): Promise<StoredRecord | undefined>;
  /**
   * Takes the lease of `key` where it is free: never taken, released, ended by a write, or over, because `leaseMs` have passed
   * since it was taken or renewed. By whose clock is the store's affair; not by comparing the clocks of two machines.
   * Resolves with undefined where somebody else has it.
   */
  lease(key: string, leaseMs: number): Promise<StoreLease | undefined>;
  /** Begins the time of a lease anew. Resolves with false, having done nothing, where the key was leased again or deleted since. */
  renew(key: string, fence: string, leaseMs: number): Promise<boolean>;
  /**
   * Replaces the record and ends the lease. Resolves with false, having written nothing, where the key was leased again or deleted
   * since the lease with this fence was taken; a lease that is over and that nobody took after it may still write. Writing the same
   * once more, because the answer was lost, resolves with true.
   */
  write(key: string, fence: string, value: string): Promise<boolean>;
  /** Ends a lease without a write. Does nothing where it is not held any more. */
  release(key: string, fence: string): Promise<void>;
  /** Takes the record away and ends the lease, whoever has it: a logout. What is read from then on has no value. */
  delete(key: string): Promise<void>;
}

/** What a store keeps under a key. */
export interface StoredRecord {
  /** The fence of the lease under which it was written; of a deleted one another text, and never one that was used before. */
  readonly version: string;
  /** What was written, which is a secret. Undefined: somebody has deleted it. */
  readonly value: string | undefined;
  /** How long ago it was written, by a clock that all who use the store share. Milliseconds; absent where there is no such clock. */
  readonly ageMs?: number | undefined;
}

/** The right to renew what is kept under a key, for a time. */
export interface StoreLease {
  /** Names this lease and no other, of this key or another one. */
  readonly fence: string;
  /** Whether the one before was neither released nor ended by a write: its holder has crashed, was stopped, or is cut off. */
  readonly isTakeover: boolean;
}

/** Where time comes from. Tests bring their own. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /**
   * Milliseconds since whenever, by a clock that nobody sets: tells how long a load took, which decides how long the pause
   * behind it is. Default: `now()`, and a clock that is set forward then makes the load look long.
   */
  elapsed?(): number;
  /**
   * Calls `callback` once after `delayMs`, unless the returned function is called first. With `unref` the wait alone does
   * not keep the process alive, where the clock knows how to do that.
   */
  schedule(
    delayMs: number,
    callback: () => void,
    options?: { readonly unref?: boolean },
  ): () => void;
}

export interface WaitOptions {
  /** Abandons this wait with `signal.reason`. The load itself goes on for the others. */
  readonly signal?: AbortSignal | undefined;
}

export interface CurrentOptions extends WaitOptions {
  /**
   * How long the credential has to be good for, in milliseconds: a connection that lasts, or a request that takes long. Where what is
   * held expires sooner, the source is asked first. Resolves with what there is where the source gives nothing longer, or fails while
   * what is held still works.
   */
  readonly minValidityMs?: number | undefined;
}

export interface InvalidateOptions extends WaitOptions {
  readonly response?: Refusal | undefined;
}

/** A new generation has replaced the one held before. The first credential replaces nothing and is not announced. */
export interface RotatedEvent {
  readonly credential: Credential;
  readonly previous: Credential;
  readonly reason: RefreshReason;
  /** Whether certificate or key changed, so that connections made with the previous one have to drain. */
  readonly certificateChanged: boolean;
}

/** A load has failed. Carries no secret. */
export interface RefreshFailedEvent {
  readonly error: Error;
  readonly reason: RefreshReason;
  /** Earliest start of the next load of this kind. Unix milliseconds; Infinity where only `refresh()` asks again. */
  readonly nextAttemptAt: number;
  /** Whether requests go on with a credential that is still held. */
  readonly stillServing: boolean;
}

/** The manager has closed: whatever was made with its credentials has to let go of them. */
export interface ClosedEvent {
  /** What everyone who asks from now on is answered with. */
  readonly error: Error;
}

export interface CredentialEvents {
  rotated: RotatedEvent;
  refreshFailed: RefreshFailedEvent;
  closed: ClosedEvent;
}

/** A snapshot of what a manager has done so far. */
export interface CredentialStats {
  /** Loads started. */
  readonly runs: number;
  /** Loads that failed, among them those whose result was not valid. */
  readonly failures: number;
  /** Generations that replaced another one. */
  readonly rotations: number;
  /** Rotations that changed certificate or key. */
  readonly certificateRotations: number;
  /** Refusals reported by bindings. */
  readonly refusals: number;
  /** Results that had expired before they arrived: a sign of clocks that disagree. */
  readonly bornExpired: number;
  /** Generation held now; 0 when none is. */
  readonly generation: number;
  /** Code of the last failure; undefined after a success. */
  readonly lastErrorCode: string | undefined;
  /**
   * When a request would first start a load: the start of the refresh window, or the end of a pause. Unix milliseconds;
   * undefined where no request will, because nothing expires or only `refresh()` asks again.
   */
  readonly nextRefreshAt: number | undefined;
  /** When the held credential expires. Unix milliseconds. */
  readonly expiresAt: number | undefined;
  /** notAfter of the held client certificate; undefined while none is held. Unix milliseconds. */
  readonly certificateExpiresAt: number | undefined;
  /** How long the source took over the last load that has ended. Milliseconds. */
  readonly lastDurationMs: number | undefined;
  /** When the last load ended well. Unix milliseconds. */
  readonly lastSuccessAt: number | undefined;
}

/** What a probe wants to know, at this moment. */
export interface CredentialHealth {
  /** Name of the source. */
  readonly sourceName: string;
  /**
   * Whether what is held works: it has not expired, and no server has refused it without a load having ended since. False before the first
   * load as well, and where nobody has asked for so long that it has expired; the next request then waits for a load.
   */
  readonly isUsable: boolean;
  /** Until when it works. Unix milliseconds; undefined where it does not, or works until a server refuses it. */
  readonly usableUntil: number | undefined;
  /** Why the last load failed and when it did; undefined after a success. */
  readonly lastError: CredentialFailure | undefined;
}

export interface CredentialFailure {
  /** One of the codes ERR_…. */
  readonly code: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/**
 * Keeps one credential fresh for any number of callers.
 *
 * Nothing runs while nobody asks: no timer keeps a process alive and no plugin runs for an idle client.
 */
export interface CredentialManager extends AsyncDisposable {
  /**
   * Returns a usable credential held now, or undefined. Synchronous; starts one background load when it is due.
   */
  peek(): Credential | undefined;
  /**
   * Resolves with a usable credential, from one load shared by everyone who waits.
   * @throws {CredentialError} the failure of the source, with its own code; ERR_MANAGER_CLOSED after `close()`.
   * @throws {TypeError} when `minValidityMs` is not a number of at least 0.
   */
  current(options?: CurrentOptions): Promise<Credential>;
  /**
   * Asks the source whatever is held, and resolves with the new credential. Joins a load that is already running.
   * @throws {CredentialError} as `current` does.
   */
  refresh(options?: WaitOptions): Promise<Credential>;
  /**
   * Reports that a server refused `credential`.
   *
   * Resolves with the credential to replay with: a newer one that is already held, or the result of one load
   * shared by all who report the same generation. Resolves with undefined when a replay cannot help (the source
   * gave the same secret, failed, or refusals come faster than the limit); then deliver the refusal itself.
   */
  invalidate(credential: Credential, options?: InvalidateOptions): Promise<Credential | undefined>;
  /** Calls `listener` on every such event until the returned function is called. */
  on<Name extends keyof CredentialEvents>(
    event: Name,
    listener: (event: CredentialEvents[Name]) => void,
  ): () => void;
  stats(): CredentialStats;
  /** Tells whether requests would be served now. Starts nothing, waits for nothing, and costs less than a request. */
  health(): CredentialHealth;
  /** Ends a running load, wakes all who wait with ERR_MANAGER_CLOSED, and drops the held secrets. Idempotent. */
  close(): Promise<void>;
}

/** What a bound client can do; conformance scenes are chosen by it. */
export interface BindingSupport {
  readonly token: boolean;
  readonly clientCertificate: boolean;
  readonly replay: boolean;
}

/** A client that carries credentials. */
export interface Binding<Client> {
  readonly client: Client;
  readonly supports: BindingSupport;
  /** Stops authenticating: the client goes on without credentials, idle connections of the binding close. */
  unbind(): void;
}

/** What a trust source gives: PEM text, and a number that is another one for other text. */
export interface Trust {
  readonly generation: number;
  readonly pem: string;
}

/** Certificate authorities that rotate: for `tls.ca`. */
export interface TrustSource {
  /** Stands in messages and events. */
  readonly name: string;
  /**
   * Returns what is trusted now. Synchronous, and quick where nothing has changed: it is asked with each connection, and with each
   * request that may go over one which is kept. What it throws fails the request only where nothing has been given before.
   */
  peek(): Trust;
  /**
   * Looks again at once, because a server could not be verified; `peek()` then returns what is there. Without this method such a
   * connection is tried once more where `peek()` has something else by then.
   */
  refresh?(): Promise<void>;
}

/** How to meet the server: the TLS settings that are not part of the credential. PEM text or buffers. */
export interface TlsOptions {
  /** Certificates to trust instead of the system's; a TrustSource, such as `fileTrust` makes, where they rotate. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | TrustSource | undefined;
  /** Name to ask for (SNI) and to check the certificate against; default: the host of the URL. */
  readonly servername?: string | undefined;
  /** Default true. False accepts any server certificate: credentials then go to whoever answers. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Default: Node's own minimum. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Default: Node's own maximum. */
  readonly maxVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** What every `bind…` function takes. */
export interface BindOptions {
  /**
   * Where the credential may go, as `https://host:port`; paths are ignored. A Unix socket or a named pipe as
   * `unix:/absolute/path`: a request that says `socketPath` goes past the host of its URL.
   * Default: the origin of the client's base URL; binding fails where there is none.
   */
  readonly origins?: readonly string[] | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Send a refused request once more with the next credential where its body allows. Default true. */
  readonly replay?: boolean | undefined;
  /** Allow plain `http:` to hosts other than loopback. Default false: a token would travel in clear text. */
  readonly allowInsecure?: boolean | undefined;
  /**
   * Cut requests that are still running on an older client certificate this long after its rotation.
   * Milliseconds; default: never, they end by themselves.
   */
  readonly drainTimeoutMs?: number | undefined;
  /**
   * The proxy that every connection of the binding goes through, also to other origins: an `http:`, `https:` or `socks5:` URL, with the
   * user name and password that the proxy wants. TLS runs through it from end to end, so it sees neither token nor certificate; what may
   * go in clear text only because it goes to loopback visits no proxy. It wins over what the environment or the client names. An
   * `https:` proxy is verified by what Node trusts, NODE_EXTRA_CA_CERTS among it, and by `tls.ca`; nothing else of `tls` is for it.
   * Default: what the client does by itself.
   */
  readonly proxy?: string | undefined;
  /**
   * Answers with one of these HTTP statuses refuse the credential, and the next one is asked for; all others go to the caller. Whole
   * numbers from 400 to 599; with none of them a server can only refuse the certificate, by a TLS alert. Default [401]: a 403 knows who
   * is asking, and says no.
   */
  readonly refusedStatuses?: readonly number[] | undefined;
}

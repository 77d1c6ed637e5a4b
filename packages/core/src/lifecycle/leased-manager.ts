import type {
  Credential,
  CredentialEvents,
  CredentialHealth,
  CredentialManager,
  CredentialStats,
  CurrentOptions,
  InvalidateOptions,
  WaitOptions,
} from '../contract.js';
import { CredentialError } from '../errors.js';
import { waitFor } from '../wait-for.js';
import { EventHub } from './event-hub.js';

/**
 * A share in a manager that others use as well. It does what that one does until it is closed, which ends this share
 * alone: its waits, its listeners, and what bindings have made with it.
 */
export class LeasedManager implements CredentialManager {
  readonly #shared: CredentialManager;
  readonly #release: () => Promise<void>;
  readonly #events: EventHub = new EventHub();
  readonly #closing: AbortController = new AbortController();
  readonly #stopListening: readonly (() => void)[];

  /** @param release gives the share back */
  constructor(shared: CredentialManager, release: () => Promise<void>) {
    this.#shared = shared;
    this.#release = release;
    this.#stopListening = [
      shared.on('rotated', (event) => this.#events.emit('rotated', event)),
      shared.on('refreshFailed', (event) => this.#events.emit('refreshFailed', event)),
      shared.on('closed', (event) => this.#end(event.error)),
    ];
  }

  peek(): Credential | undefined {
    return this.#closing.signal.aborted ? undefined : this.#shared.peek();
  }

  current(options: CurrentOptions = {}): Promise<Credential> {
    // Nearly every call ends here, and makes no promise of its own.
    if (this.peek() !== undefined && options.minValidityMs === undefined)
      return this.#shared.current(options);
    return this.#untilClosed(() => this.#shared.current(options));
  }

  refresh(options: WaitOptions = {}): Promise<Credential> {
    return this.#untilClosed(() => this.#shared.refresh(options));
  }

  async invalidate(
    credential: Credential,
    options: InvalidateOptions = {},
  ): Promise<Credential | undefined> {
    if (this.#closing.signal.aborted) return undefined;
    return this.#untilClosed(() => this.#shared.invalidate(credential, options)).catch((error) => {
      // As with a manager that closes meanwhile: deliver the refusal.
      if (error === this.#closing.signal.reason) return undefined;
      throw error;
    });
  }

  on<Name extends keyof CredentialEvents>(
    event: Name,
    listener: (event: CredentialEvents[Name]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** Those of the shared manager, whoever caused them. */
  stats(): CredentialStats {
    return this.#shared.stats();
  }

  /** That of the shared manager, and of no use when this share is closed. */
  health(): CredentialHealth {
    const health = this.#shared.health();
    return this.#closing.signal.aborted
      ? Object.freeze({ ...health, isUsable: false, usableUntil: undefined })
      : health;
  }

  async close(): Promise<void> {
    this.#end(
      new CredentialError('ERR_MANAGER_CLOSED', 'This lease on a shared manager is closed.'),
    );
    await this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(error: Error): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(error);
    for (const stop of this.#stopListening) stop();
    this.#events.emit('closed', { error });
    this.#events.clear();
  }

  #untilClosed<Result>(begin: () => Promise<Result>): Promise<Result> {
    const { signal } = this.#closing;
    if (signal.aborted) return Promise.reject(signal.reason);
    return waitFor(begin(), signal);
  }
}

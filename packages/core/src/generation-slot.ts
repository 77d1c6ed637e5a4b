import type { ConnectionTrust } from './connection-trust.js';
import type { Credential, CredentialManager, Trust } from './contract.js';

export interface GenerationSlotOptions<Resource> {
  /**
   * Makes the resource for one certificate generation: a connection pool, a session, a channel.
   * @param trust what `trust` said right then
   */
  readonly create: (credential: Credential, trust: Trust | undefined) => Resource;
  /** Closes a resource that no longer gets new requests; called once its last user has left. */
  readonly close: (resource: Resource) => void;
  /** Cuts a resource that is still in use when `drainTimeoutMs` is over. */
  readonly cut?: ((resource: Resource) => void) | undefined;
  /** Milliseconds from the rotation to the cut; default: never, requests end by themselves. */
  readonly drainTimeoutMs?: number | undefined;
  /** What connections are verified by, where that rotates too: it is asked with each use, and swaps the resource as a certificate does. */
  readonly trust?: ConnectionTrust | undefined;
}

/** One use of a resource. */
export interface SlotLease<Resource> {
  readonly resource: Resource;
  /** Ends this use. Idempotent. */
  release(): void;
}

interface Tenant<Resource> {
  readonly resource: Resource;
  readonly certificateGeneration: number;
  readonly trust: Trust | undefined;
  users: number;
  isRetired: boolean;
  isClosed: boolean;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Holds one resource for the current certificate generation: a rotation swaps it, then drains the old one.
 *
 * New requests get the new resource at once. The old one closes when its last user has left, so that nothing in flight
 * is lost; closing it earlier would fail streams that are queued on a connection still being made.
 * For clients that tie a certificate to a pool, session or channel; node:https has `CredentialAgent`.
 */
export class GenerationSlot<Resource> {
  readonly #manager: CredentialManager | undefined;
  readonly #options: GenerationSlotOptions<Resource>;
  readonly #stopListening: () => void;
  readonly #draining: Set<Tenant<Resource>> = new Set();
  #tenant: Tenant<Resource> | undefined;
  /** The manager has closed: nothing is held for a request to come. */
  #isOver = false;

  /** @param manager undefined for what presents nobody: only the trust swaps it then */
  constructor(manager: CredentialManager | undefined, options: GenerationSlotOptions<Resource>) {
    this.#manager = manager;
    this.#options = options;
    const stopListening = [
      manager?.on('rotated', ({ certificateChanged }) => {
        if (certificateChanged) this.#retire();
      }),
      manager?.on('closed', () => {
        this.#isOver = true;
        this.#retire();
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stopListening) stop?.();
    };
  }

  /** Resources that are still draining. */
  get draining(): number {
    return this.#draining.size;
  }

  /** Returns the resource for `credential`, in use until the lease is released. */
  acquire(credential: Credential): SlotLease<Resource> {
    const tenant = this.#tenantFor(credential);
    tenant.users += 1;
    let isReleased = false;
    return {
      resource: tenant.resource,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        tenant.users -= 1;
        if (tenant.isRetired && tenant.users === 0) this.#closeTenant(tenant);
        else this.#retireIfOver(tenant);
      },
    };
  }

  /** Returns the resource for `credential`, for clients whose own graceful close keeps what is in flight. */
  current(credential: Credential): Resource {
    return this.#tenantFor(credential).resource;
  }

  /** Stops listening and retires the resource; what is in flight drains. */
  close(): void {
    this.#stopListening();
    this.#retire();
  }

  #tenantFor(credential: Credential): Tenant<Resource> {
    const held = this.#tenant;
    const trust = this.#options.trust?.ask();
    if (
      held !== undefined &&
      held.certificateGeneration >= credential.certificateGeneration &&
      held.trust === trust
    ) {
      return held;
    }
    const newest = this.#newest(credential);
    const tenant: Tenant<Resource> = {
      resource: this.#options.create(newest, trust),
      certificateGeneration: newest.certificateGeneration,
      trust,
      users: 0,
      isRetired: false,
      isClosed: false,
      timer: undefined,
    };
    this.#retire();
    this.#tenant = tenant;
    // Made for a request that had its credential before the manager closed. Whoever uses it begins in this very turn.
    if (this.#isOver) queueMicrotask(() => this.#retireIfOver(tenant));
    return tenant;
  }

  #retireIfOver(tenant: Tenant<Resource>): void {
    if (this.#isOver && this.#tenant === tenant && tenant.users === 0) this.#retire();
  }

  // A request that took its credential just before a rotation rides on the newer certificate.
  #newest(credential: Credential): Credential {
    const held = this.#manager?.peek();
    const isNewer =
      held !== undefined && held.certificateGeneration > credential.certificateGeneration;
    return isNewer ? held : credential;
  }

  #retire(): void {
    const tenant = this.#tenant;
    this.#tenant = undefined;
    if (tenant === undefined) return;
    tenant.isRetired = true;
    this.#draining.add(tenant);
    if (tenant.users === 0) {
      this.#closeTenant(tenant);
    } else if (this.#options.drainTimeoutMs !== undefined) {
      tenant.timer = setTimeout(() => this.#cutTenant(tenant), this.#options.drainTimeoutMs);
      // Waiting for a drain keeps no process alive.
      tenant.timer.unref();
    }
  }

  #cutTenant(tenant: Tenant<Resource>): void {
    this.#options.cut?.(tenant.resource);
    this.#closeTenant(tenant);
  }

  #closeTenant(tenant: Tenant<Resource>): void {
    if (tenant.isClosed) return;
    tenant.isClosed = true;
    clearTimeout(tenant.timer);
    this.#draining.delete(tenant);
    this.#options.close(tenant.resource);
  }
}

import type { SecureClientSessionOptions } from 'node:http2';
import {
  type Credential,
  type CredentialManager,
  GenerationSlot,
  type OriginScope,
  type SlotLease,
} from '@keyturn/core/binding';
import { type CredentialAgent, http2ConnectorOf, trustOf } from '../agent/credential-agent.js';
import type { Http2Place } from './http2-place.js';
import { Http2SessionPool, type Http2SessionPoolOptions } from './http2-session-pool.js';

export interface Http2AgentPoolParts extends Http2SessionPoolOptions {
  readonly manager: CredentialManager;
  /** What goes elsewhere has nothing to do with the certificate, and outlives its rotation. */
  readonly scope: OriginScope;
  readonly agent: CredentialAgent;
  readonly drainTimeoutMs: number | undefined;
}

/** Asks for what is there, however old it is: a request with an Authorization of its own waits for no credential. */
const anyCredential: Credential = { generation: 0, certificateGeneration: 0 };

/**
 * The HTTP/2 sessions of a client that connects as an agent does: new ones when the certificate rotates, while the old ones
 * close after their last stream.
 */
export class Http2AgentPool {
  readonly #parts: Http2AgentPoolParts;
  readonly #slot: GenerationSlot<Http2SessionPool>;
  readonly #outside: GenerationSlot<Http2SessionPool>;

  constructor(parts: Http2AgentPoolParts) {
    const { manager, agent, drainTimeoutMs } = parts;
    this.#parts = parts;
    const drain = {
      close: (pool: Http2SessionPool) => pool.closeIdle(),
      cut: (pool: Http2SessionPool) => pool.cut(),
      drainTimeoutMs,
      trust: trustOf(agent),
    };
    // It lives longer than any identity.
    this.#outside = new GenerationSlot(undefined, {
      create: () => new Http2SessionPool(agent, parts, (...to) => http2ConnectorOf(agent)(...to)),
      ...drain,
    });
    this.#slot = new GenerationSlot(manager, {
      create: () => new Http2SessionPool(agent, parts),
      ...drain,
    });
  }

  /**
   * Returns room for one stream to `authority`, or a promise of it: see `Http2Sessions`.
   * @param signal leaves the wait
   */
  takePlace(
    authority: URL,
    options: SecureClientSessionOptions,
    signal?: AbortSignal,
  ): Http2Place | Promise<Http2Place> {
    const { manager, scope } = this.#parts;
    const pool = scope.includes(authority)
      ? this.#slot.acquire(manager.peek() ?? anyCredential)
      : this.#outside.acquire(anyCredential);
    try {
      const place = pool.resource.takePlace(authority, options, signal);
      return place instanceof Promise ? untilLeft(place, pool) : leavingWith(place, pool);
    } catch (error) {
      pool.release();
      throw error;
    }
  }

  /** Closes idle sessions, busy ones after their last stream. What comes later has new ones, as the agent then is. */
  close(): void {
    this.#slot.close();
    this.#outside.close();
  }
}

async function untilLeft(
  place: Promise<Http2Place>,
  pool: SlotLease<Http2SessionPool>,
): Promise<Http2Place> {
  try {
    return leavingWith(await place, pool);
  } catch (error) {
    pool.release();
    throw error;
  }
}

function leavingWith(place: Http2Place, { release }: SlotLease<Http2SessionPool>): Http2Place {
  place.onLeave(release);
  return place;
}

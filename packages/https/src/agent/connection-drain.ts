import { channel } from 'node:diagnostics_channel';
import type { Agent } from 'node:http';
import type { Duplex } from 'node:stream';
import { CredentialError } from '@keyturn/core/binding';
import type { ClientIdentity } from './client-identity.js';

/** Published on `keyturn:drained` when connections close because their client certificate, or who verified them, has been replaced. */
export interface DrainMessage {
  /** How many connections have closed. */
  readonly closed: number;
  /** Certificate generation that they were made with. */
  readonly certificateGeneration: number;
  /** Whether requests were cut that still ran on them. */
  readonly cut: boolean;
}

/** Connections of an agent since it was made. */
export interface ConnectionCounts {
  readonly opened: number;
  /** Closed because their client certificate had been replaced, or because the agent was unbound. */
  readonly drained: number;
}

const drainedChannel = channel('keyturn:drained');

/**
 * Knows which connection was made with which identity, and closes those of an old one: idle ones at once, busy ones
 * after their request.
 */
export class ConnectionDrain {
  readonly #agent: Agent;
  readonly #identities = new WeakMap<Duplex, ClientIdentity>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #opened = 0;
  #drained = 0;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  get counts(): ConnectionCounts {
    return { opened: this.#opened, drained: this.#drained };
  }

  countOpened(): void {
    this.#opened += 1;
  }

  note(socket: Duplex, identity: ClientIdentity): void {
    this.#identities.set(socket, identity);
  }

  /** Tells whether the request that has just ended on `socket` was the last one for it. */
  isOver(socket: Duplex): boolean {
    const identity = this.#identities.get(socket);
    if (identity === undefined || !identity.isOver) return false;
    this.#report({ closed: 1, certificateGeneration: identity.certificateGeneration, cut: false });
    return true;
  }

  /** Closes the idle connections that were made with `old`; with `cutAfterMs` the busy ones get that long to end. */
  begin(old: ClientIdentity, cutAfterMs: number | undefined): void {
    old.isOver = true;
    const { certificateGeneration } = old;
    const closed = closeIdle(this.#agent, (socket) => this.#identities.get(socket) === old);
    this.#report({ closed, certificateGeneration, cut: false });
    if (cutAfterMs === undefined) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#cut(old);
    }, cutAfterMs);
    // A program that has nothing left but this would wait for nothing.
    timer.unref();
    this.#timers.add(timer);
  }

  /** Forgets the deadlines of busy connections. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #cut(old: ClientIdentity): void {
    const busy = socketsIn(this.#agent.sockets).filter(
      (socket) => this.#identities.get(socket) === old,
    );
    for (const socket of busy) cut(socket);
    const { certificateGeneration } = old;
    this.#report({ closed: busy.length, certificateGeneration, cut: true });
  }

  #report(message: DrainMessage): void {
    if (message.closed === 0) return;
    this.#drained += message.closed;
    if (drainedChannel.hasSubscribers) drainedChannel.publish(message);
  }
}

/** Closes the idle connections of `agent` that `isMeant`, and returns how many. */
export function closeIdle(agent: Agent, isMeant: (socket: Duplex) => boolean): number {
  const idle = socketsIn(agent.freeSockets).filter(isMeant);
  for (const socket of idle) socket.destroy();
  return idle.length;
}

function socketsIn(pools: Agent['sockets']): Duplex[] {
  return Object.values(pools)
    .flatMap((pool) => pool ?? [])
    .filter((socket) => !socket.destroyed);
}

function cut(socket: Duplex): void {
  const error = new CredentialError(
    'ERR_CONNECTION_DRAINED',
    'The request still ran on an older client certificate when "drainTimeoutMs" had passed. Send it again.',
  );
  // The reader of an answer is told as well; on the socket alone it would only see that the answer broke off.
  const { _httpMessage: request } = socket as { readonly _httpMessage?: { readonly res?: Duplex } };
  request?.res?.destroy(error);
  socket.destroy(error);
}

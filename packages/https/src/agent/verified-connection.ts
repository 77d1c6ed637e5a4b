import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { isUnverified, maxRenewals } from '@keyturn/core/binding';
import { type NodeAgent, takeSeat } from './node-agent.js';
import { PendingRequest } from './pending-request.js';

export type OnCreate = (error: Error | null, socket: Duplex) => void;

/**
 * Opens a connection, and returns it, or gives it to `done` later; throws, or tells `done`, why it cannot.
 * @param signal says that nobody wants it any more
 */
export type OpenConnection = (done: OnCreate, signal: AbortSignal) => Duplex | null | undefined;

export interface VerifiedConnectionOptions {
  readonly open: OpenConnection;
  /** Resolves with whether another try may succeed, because whom to trust has changed. */
  readonly renew: () => Promise<boolean>;
  /** Of a connection in clear text nobody is verified: it is handed over as it is opened. Default false. */
  readonly isPlain?: boolean;
}

/**
 * A connection that is handed over when its server is verified, and made again where it is not and somebody else is trusted by
 * then. It may take a tunnel to be opened before. Meanwhile it stands for the connection in the agent's list, so that it counts for `maxSockets`; who destroys it gives up.
 */
class VerifiedConnection extends Duplex {
  /** As a socket that is being made says it. */
  connecting = true;
  secureConnecting = true;
  readonly #options: VerifiedConnectionOptions;
  #socket: Duplex | undefined;
  readonly #givingUp = new AbortController();
  #renewals = 0;
  #timer: NodeJS.Timeout | undefined;
  #take: ((socket: Duplex) => void) | undefined;

  constructor(options: VerifiedConnectionOptions) {
    super();
    this.#options = options;
  }

  /** @throws what the first try throws */
  begin(): this {
    this.#open();
    return this;
  }

  /** Has `take` be given the connection once its server is verified, or one that fails with what the last try has failed with. */
  whenVerified(take: (socket: Duplex) => void): void {
    this.#take = take;
  }

  /** Gives up, and nobody is given anything. */
  abandon(): void {
    this.#take = undefined;
    this.destroy();
  }

  // What is asked of a socket while it is being made: the connection itself is asked again when it is there.

  setTimeout(delayMs: number): this {
    clearTimeout(this.#timer);
    if (delayMs > 0) this.#timer = setTimeout(() => this.emit('timeout'), delayMs).unref();
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#givingUp.abort();
    this.#socket?.destroy();
    this.#take?.(failing(error ?? hungUp()));
    this.#take = undefined;
    done(error);
  }

  #open(): void {
    let isGiven = false;
    const take = (error: Error | null | undefined, socket: Duplex): void => {
      if (isGiven) return;
      isGiven = true;
      if (error) this.#deliver(failing(error));
      else this.#watch(socket);
    };
    const socket = this.#options.open(take, this.#givingUp.signal);
    if (socket && !isOnItsWayThroughAProxy(socket)) take(null, socket);
  }

  #watch(socket: Duplex): void {
    this.#socket = socket;
    if (this.destroyed) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    if (this.#options.isPlain) {
      this.#deliver(socket);
      return;
    }
    // Inside a tunnel it is.
    if (!(socket as Socket).connecting) this.emit('connect');
    let failure: Error | undefined;
    const note = (error: Error): void => {
      failure = error;
    };
    const verified = (): void => {
      socket.off('error', note);
      socket.off('close', closed);
      this.#deliver(socket);
    };
    const closed = (): void => {
      socket.off('secureConnect', verified);
      void this.#afterFailure(failure ?? hungUp());
    };
    for (const event of ['lookup', 'connect']) {
      socket.once(event, (...details: unknown[]) => this.emit(event, ...details));
    }
    socket.on('error', note);
    socket.once('close', closed);
    socket.once('secureConnect', verified);
  }

  async #afterFailure(error: Error): Promise<void> {
    if (this.destroyed) return;
    const mayRenew = this.#renewals < maxRenewals && isUnverified(error);
    this.#renewals += 1;
    if (!mayRenew || !(await this.#options.renew())) {
      this.#deliver(failing(error));
      return;
    }
    if (this.destroyed) return;
    try {
      this.#open();
    } catch (thrown) {
      this.#deliver(failing(thrown as Error));
    }
  }

  /** As a socket of Node's that is not connected: got 16 looks at it. */
  address(): object {
    return {};
  }

  #deliver(socket: Duplex): void {
    const take = this.#take;
    this.#take = undefined;
    clearTimeout(this.#timer);
    this.connecting = false;
    this.secureConnecting = false;
    // Whoever limits the time of a connection has waited for this.
    if (socket instanceof TLSSocket) this.emit('secureConnect');
    if (take === undefined) socket.destroy();
    else take(socket);
  }
}

/**
 * Tells those who listen for the socket of a request what is being made for it, before Node tells them of the connection itself:
 * whoever limits how long that may take begins to count here.
 */
function announce(request: ClientRequest, connection: VerifiedConnection): void {
  process.nextTick(() => {
    const isWaiting = !request.destroyed && !request.socket && !connection.destroyed;
    if (isWaiting && connection.connecting) request.emit('socket', connection);
  });
}

export interface ConnectionInSteps extends VerifiedConnectionOptions {
  readonly options: RequestOptions;
  /** What asks for it; one in the queue gets the connection that is ready first. */
  readonly request: ClientRequest | undefined;
}

/** Has `agent` make a connection in several steps, and gives it to `callback` when it can be used. It counts for `maxSockets` meanwhile. */
export function connectInSteps(
  agent: NodeAgent,
  { options, request: asking, ...steps }: ConnectionInSteps,
  callback: OnCreate,
): undefined {
  const name = agent.getName(options);
  const request = agent.requests[name]?.includes(asking as never) ? undefined : asking;
  const connection = new VerifiedConnection(steps).begin();
  const pending = request && new PendingRequest(request, options, agent.options.timeout);
  if (request !== undefined) announce(request, connection);
  const leave = takeSeat(agent, name, connection);
  const abandon = (): void => {
    connection.abandon();
    leave();
    agent.removeSocket(connection, options);
  };
  request?.once('close', abandon);
  connection.whenVerified((socket) => {
    request?.off('close', abandon);
    leave();
    pending?.release();
    callback(null, socket);
  });
  return undefined;
}

/** With a proxy of its own, Node returns the connection to that, and gives the one inside it to the callback. */
function isOnItsWayThroughAProxy(socket: Duplex): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  return Object.getOwnPropertySymbols(socket).some(({ description = '' }) =>
    description.endsWith('WaitForProxyTunnel'),
  );
}

/** An agent asks for the next connection when one closes, and not when there was none. */
function failing(error: Error): Duplex {
  const socket = new Socket();
  // Else the head of the request, written before, would fail first, and with less to say.
  socket.cork();
  // In the turn behind that in which the request listens.
  process.nextTick(() => process.nextTick(() => socket.destroy(error)));
  return socket;
}

function hungUp(): Error {
  const error = new Error('The connection ended before it was secure.');
  return Object.assign(error, { code: 'ECONNRESET' });
}

import type { ClientRequest } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** The parts of Node's agent that its types leave out or describe too loosely. */
export interface NodeAgent extends https.Agent {
  /** Of the requests that it takes; Node throws from `http.request()` where another is asked for. Undefined: any. */
  protocol: string | undefined;
  /** Called by the constructor of a ClientRequest: gives it a socket, or queues it for one. */
  addRequest(request: ClientRequest, options: https.RequestOptions): void;
  /** Makes a connection for a request that it takes or has queued. */
  createSocket(
    request: ClientRequest,
    options: https.RequestOptions,
    onSocket: (error: Error | null, socket?: Duplex) => void,
  ): void;
  /** Takes a connection off its lists, and makes the next one where a request waits for it. */
  removeSocket(socket: Duplex, options: https.RequestOptions): void;
  /** False has the agent close a socket whose request has ended. */
  keepSocketAlive(socket: Duplex): boolean;
}

export const NodeAgent: new (options?: https.AgentOptions) => NodeAgent =
  https.Agent as unknown as new (
    options?: https.AgentOptions,
  ) => NodeAgent;

/**
 * Fails a request that has no socket yet, as a failed connection would: one 'error', then 'close'.
 * @param error without one the request reports what it was destroyed with, else a hang-up.
 */
export function failRequest(request: ClientRequest, error?: unknown): void {
  const { onSocket } = request as unknown as { onSocket(socket: null, error?: unknown): void };
  if (error !== undefined) request.destroy(error as Error);
  onSocket.call(request, null, error);
}

/**
 * Returns the options of an agent of Node's own class, for a CredentialAgent to go on with: none where there is no agent,
 * undefined for an agent of another class, whose ways (a proxy, a mock) ours could not keep.
 */
export function optionsOfNodeAgent(agent: unknown): https.AgentOptions | undefined {
  if (agent === undefined || agent === null) return {};
  if (Object.getPrototypeOf(agent) !== https.Agent.prototype) return undefined;
  return { ...(agent as https.Agent).options };
}

/** The lists of an agent, which its types do not let anybody change. */
interface AgentSeats {
  readonly sockets: Record<string, Duplex[]>;
  totalSocketCount: number;
}

/**
 * Has `standIn` count as a connection of `agent`, which itself counts none that is still being made.
 * @returns takes it off again
 */
export function takeSeat(agent: https.Agent, name: string, standIn: Duplex): () => void {
  const seats = agent as unknown as AgentSeats;
  seats.sockets[name] ??= [];
  seats.sockets[name].push(standIn);
  seats.totalSocketCount += 1;
  return () => {
    const taken = seats.sockets[name] ?? [];
    const index = taken.indexOf(standIn);
    if (index === -1) return;
    taken.splice(index, 1);
    seats.totalSocketCount -= 1;
  };
}

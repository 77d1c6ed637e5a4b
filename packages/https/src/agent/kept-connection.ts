import http, { type ClientRequest } from 'node:http';
import { isRepeatable } from '@keyturn/core/binding';

/** A request that has failed before its answer began. */
export interface FailedRequest {
  /** What node:http made of it; whatever else it is has no connection that was kept. */
  readonly sent: unknown;
  readonly error: unknown;
  readonly method: string | undefined;
  /** Names in any letter case. */
  readonly headers: object | undefined;
}

/**
 * Tells whether a request goes once more because the server has closed its connection, which was kept from an earlier one. What
 * has become of it nobody knows, so that it must be one that does no harm when it goes twice. Whether its body can be
 * sent again, the caller knows.
 *
 * It then goes over a new connection: what has ended the one, a server that starts anew or something on the way that has forgotten its
 * connections, has ended the other idle ones too, and they close.
 */
export function goesAgain({ sent, error, method, headers }: FailedRequest): boolean {
  if (!(sent instanceof http.ClientRequest) || !sent.reusedSocket || !isBroken(error)) return false;
  const names = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  if (!isRepeatable((method ?? 'GET').toUpperCase(), Object.fromEntries(names))) return false;
  closeIdle(sent as SentRequest);
  return true;
}

/** Tells whether a connection has ended under a request, whoever noticed it first. */
export function isBroken(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Node's types have these no more, or not yet. */
type SentRequest = ClientRequest & { readonly agent?: unknown; readonly host: string };

/** An agent names its connections by where they lead, the host first. */
function closeIdle({ agent, host }: SentRequest): void {
  if (!(agent instanceof http.Agent)) return;
  for (const [name, sockets] of Object.entries(agent.freeSockets)) {
    if (!name.startsWith(`${host}:`)) continue;
    // The list shrinks meanwhile.
    for (const socket of [...(sockets ?? [])]) socket.destroy();
  }
}

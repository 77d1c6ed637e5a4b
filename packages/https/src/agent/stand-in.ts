import http, { type Agent, type ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

/** A request, with the parts that its types leave out. */
interface AgentsRequest extends ClientRequest {
  readonly agent: Agent | false | undefined;
  readonly socketPath?: string | undefined;
}

type OnSocket = (this: AgentsRequest, socket: Socket | null, error?: unknown) => void;

/** Takes a request from a stand-in. `proceed` has the stand-in go on with it, at once or later. */
export type TakeRequest = (
  request: ClientRequest,
  options: RequestOptions,
  proceed: () => void,
) => void;

/** Who waits for the request that is being made in this turn of the event loop. Empty but for moments. */
const waiting = new Map<object, TakeRequest>();
let isWatching = false;

/**
 * Hands `take` the request that is being made right now, if its agent is a stand-in for `agent`.
 *
 * A stand-in has taken the place of an agent: it is given the requests, keeps the agent in a property, and asks it for nothing
 * but connections, if that. Mocks of HTTP are such, and look at a request when its head is written. They ask for the method
 * `createConnection` in the constructor of a request, and show the request to nobody; Node 20 has no event and no channel for
 * it either. What comes next in that constructor is `onSocket`.
 */
export function takeRequestInTheMaking(agent: object, take: TakeRequest): void {
  if (!isWatching) watch();
  waiting.set(agent, take);
}

function watch(): void {
  const home = homeOf('onSocket');
  const { onSocket } = home;
  const watched: OnSocket = function (socket, error) {
    const standIn = this.agent;
    const found = [...waiting].find(([agent]) => isStandIn(standIn, agent));
    if (found === undefined || !standIn || !socket) return onSocket.call(this, socket, error);
    const [agent, take] = found;
    waiting.delete(agent);
    // A request that fails while it waits for a credential never gets its socket, and nobody else would close it.
    const abandon = (): unknown => socket.destroy();
    this.once('close', abandon);
    take(this, { ...placeOf(this, standIn, socket), agent: standIn }, () => {
      this.off('close', abandon);
      onSocket.call(this, socket, error);
    });
  };
  home.onSocket = watched;
  isWatching = true;
  queueMicrotask(() => {
    isWatching = false;
    waiting.clear();
    if (home.onSocket === watched) home.onSocket = onSocket;
  });
}

/** Where requests have it from: mocks put classes of their own before that of Node. */
function homeOf(name: 'onSocket'): { onSocket: OnSocket } {
  let home: object = http.ClientRequest.prototype;
  while (!Object.hasOwn(home, name)) home = Object.getPrototypeOf(home);
  return home as { onSocket: OnSocket };
}

function isStandIn(candidate: unknown, agent: object): candidate is Agent {
  if (typeof candidate !== 'object' || candidate === null || candidate === agent) return false;
  return Object.values(candidate).includes(agent);
}

/** Where a request goes: an agent files its connections under names that begin with host and port. */
function placeOf(request: AgentsRequest, { sockets }: Agent, socket: Socket): RequestOptions {
  const { host, path, socketPath } = request;
  const [name = ''] = Object.entries(sockets).find(([, filed]) => filed?.includes(socket)) ?? [];
  const place = { host, path, port: Number.parseInt(name.slice(host.length + 1), 10) };
  return socketPath === undefined ? place : { ...place, socketPath };
}

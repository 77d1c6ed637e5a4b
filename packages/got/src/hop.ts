import type { OriginScope } from '@keyturn/core/binding';
import { homeAgent, isCredentialAgent, sealingAgent } from '@keyturn/https';
import type { GotOptions } from './got-shape.js';
import type { RequestState } from './request-state.js';

/** As got itself reads it, for `http:` and `https:` alike. */
const behindSocket = /^(?<socketPath>.+?):(?<path>.+)/;

/** Tells whether a hop to `url` may carry the credential. Behind a host called `unix` got asks the socket in the path. */
export function includesUrl(scope: OriginScope, url: string | URL): boolean {
  const parsed = typeof url === 'string' ? new URL(url) : url;
  if (parsed.hostname !== 'unix') return scope.includes(url);
  const { pathname, search } = parsed;
  const socketPath = behindSocket.exec(`${pathname}${search}`)?.groups?.['socketPath'];
  return socketPath === undefined ? scope.includes(url) : scope.includesSocket(socketPath);
}

/**
 * Has a hop in scope that goes in clear text keep our header out of sight, and go straight to this machine, unless it
 * `mayTravel`. The options go from hop to hop, so the next one gets the agent of the caller back.
 */
export function chooseHomeAgent(
  { agent, url }: GotOptions,
  state: RequestState,
  mayTravel: boolean,
): void {
  const { replacedAgent, hasLeftScope, isOwn } = state;
  if (replacedAgent !== undefined && agent.http === replacedAgent.home) {
    agent.http = replacedAgent.given;
  }
  state.replacedAgent = undefined;
  if (hasLeftScope || url === undefined || !String(url).startsWith('http:')) return;
  const given = agent.http;
  const straight = mayTravel ? given : homeAgent(given);
  const home = isOwn ? straight : sealingAgent(straight);
  if (home === given) return;
  agent.http = home;
  state.replacedAgent = { given, home };
}

/** Has our headers stand in no request that an agent of somebody else gets. */
export function sealHttps({ agent }: GotOptions): void {
  const { https } = agent;
  if (https && !isCredentialAgent(https)) agent.https = sealingAgent(https);
}

/** The same for a hop in clear text that has an Authorization of the caller's own beside them. */
export function sealHttp({ agent, url }: GotOptions, state: RequestState): void {
  if (!String(url).startsWith('http:')) return;
  const given = agent.http;
  const home = sealingAgent(given);
  if (home === given) return;
  agent.http = home;
  state.replacedAgent = { given: state.replacedAgent?.given ?? given, home };
}

import http, { type ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import { sealHeaders } from './sealed-headers.js';

/** What Node asks of an agent. */
interface AgentLike {
  addRequest(request: ClientRequest, options: RequestOptions): void;
  readonly options?: { readonly proxyEnv?: unknown };
}

/** One for each agent: clients compare them. */
const known = new WeakMap<object, AgentLike>();

/**
 * Returns `agent` with one thing more: the Authorization and other secret headers of each request that it is given stand nowhere in sight. The
 * connections are still its own. It is for connections that no agent of ours makes, such as those of plain http.
 * @param agent default: Node's global one
 */
export function sealingAgent(agent: unknown = http.globalAgent): unknown {
  if (!isAgent(agent)) return agent;
  const made = known.get(agent);
  if (made !== undefined) return made;
  const addRequest = (
    request: ClientRequest & { agent?: unknown },
    options: RequestOptions,
  ): void => {
    sealHeaders(request, options);
    // Who looks at the request finds the agent that it was given.
    if (request.agent === sealing) request.agent = agent;
    // Under its own name: it may keep what it needs in private.
    agent.addRequest(request, options);
  };
  const sealing: AgentLike = Object.create(agent, { addRequest: { value: addRequest } });
  known.set(agent, sealing);
  known.set(sealing, sealing);
  return sealing;
}

/** Returns the agent that makes the connections of `agent`, where that is a sealing one; else `agent` itself. */
export function sealedAgent(agent: object): object {
  return known.get(agent) === agent ? (Object.getPrototypeOf(agent) as object) : agent;
}

function isAgent(agent: unknown): agent is AgentLike {
  if (typeof agent !== 'object' || agent === null) return false;
  const { addRequest, options } = agent as Partial<AgentLike>;
  // axios makes another one of an agent that knows proxies, and refuses one with a way of its own.
  return typeof addRequest === 'function' && !options?.proxyEnv;
}

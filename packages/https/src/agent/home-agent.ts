import http, { type AgentOptions } from 'node:http';
import { memberOf } from '@keyturn/core/binding';
import { PlainAgent } from './plain-agent.js';
import { sealedAgent } from './sealing-agent.js';

const homeAgents = new WeakMap<object, http.Agent>();

/**
 * Returns the agent for a request that may travel in clear text because it stays on this machine: `given` itself, where
 * that is known to go straight to the host of the request, else one with its limits that does.
 *
 * Node's own agents visit a proxy where `proxyEnv` tells them to, and from Node 24 on the global one does so by
 * `NODE_USE_ENV_PROXY`. What an agent of another class does nobody can tell: most are proxies.
 * @param given as node:http takes it: undefined for the global agent, false for a connection of its own
 */
export function homeAgent(given: unknown): unknown {
  if (given === false) return given;
  const agent = (given ?? http.globalAgent) as http.Agent;
  if (goesStraight(agent)) return given;
  let home = homeAgents.get(agent);
  if (home === undefined) {
    home = new PlainAgent(homeOptions(limitsOf(agent)));
    homeAgents.set(agent, home);
  }
  return home;
}

/** Returns `options` without what leads an agent past the host of a request. */
export function homeOptions(options: AgentOptions | undefined): AgentOptions {
  const straight: Record<string, unknown> = { ...options };
  for (const name of astray) delete straight[name];
  return straight;
}

/** Options of an agent count for more than those of a request. */
const astray = ['proxyEnv', 'host', 'hostname', 'port'] as const;

function goesStraight(given: http.Agent): boolean {
  const agent = sealedAgent(given) as http.Agent;
  const kind: unknown = Object.getPrototypeOf(agent);
  if (kind !== http.Agent.prototype && kind !== PlainAgent.prototype) return false;
  const { options = {} } = agent as { readonly options?: object };
  if (astray.some((name) => memberOf(options, name) !== undefined)) return false;
  return !Object.hasOwn(agent, 'createConnection') && !Object.hasOwn(agent, 'addRequest');
}

function limitsOf(agent: http.Agent): AgentOptions {
  if (Object.getPrototypeOf(agent) === http.Agent.prototype) {
    return (agent as http.Agent & { readonly options: AgentOptions }).options;
  }
  const { maxSockets, maxFreeSockets, maxTotalSockets } = agent;
  const limits = { keepAlive: true, maxSockets, maxFreeSockets, maxTotalSockets };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

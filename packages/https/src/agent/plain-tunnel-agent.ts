import http, { type ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { type BindOptions, connectionTrust } from '@keyturn/core/binding';
import { noCallback } from '../tunnel/proxy-failure.js';
import { type ProxyTunnels, tunnelsFor } from '../tunnel/proxy-tunnels.js';
import { targetOf } from '../tunnel/tunnel-target.js';
import type { NodeAgent } from './node-agent.js';
import { PlainAgent } from './plain-agent.js';
import { connectInSteps, type OnCreate, type OpenConnection } from './verified-connection.js';

type CreateSocket = NodeAgent['createSocket'];

/** What Node's types leave out of its agent. */
interface WithCreateSocket {
  createSocket: CreateSocket;
}

const { createSocket } = http.Agent.prototype as unknown as WithCreateSocket;

/**
 * Returns the agent for what a binding with these options sends through its proxy in clear text; undefined where it has none.
 * @param agent for Node's own agent
 */
export function plainTunnelAgent(
  { proxy, tls }: BindOptions,
  agent: http.AgentOptions = { keepAlive: true },
): PlainTunnelAgent | undefined {
  if (proxy === undefined) return undefined;
  return new PlainTunnelAgent(agent, tunnelsFor(proxy, tls, connectionTrust(tls)));
}

/** An agent for plain http, each of whose connections runs in a tunnel through a proxy. */
export class PlainTunnelAgent extends PlainAgent implements WithCreateSocket {
  readonly #tunnels: ProxyTunnels;
  #connectsFor: ClientRequest | undefined;

  constructor(options: http.AgentOptions, tunnels: ProxyTunnels) {
    super({ ...options, ...{ proxyEnv: undefined } });
    this.#tunnels = tunnels;
  }

  createSocket(...details: Parameters<CreateSocket>): void {
    [this.#connectsFor] = details;
    try {
      createSocket.apply(this as never, details);
    } finally {
      this.#connectsFor = undefined;
    }
  }

  override createConnection(
    ...[options, callback]: Parameters<PlainAgent['createConnection']>
  ): Duplex | null | undefined {
    // A socket in the file system is no host.
    if ((options as http.RequestOptions).socketPath) {
      return super.createConnection(options, callback);
    }
    if (callback === undefined) throw noCallback();
    const open: OpenConnection = (done, signal) => {
      this.#tunnels.open(targetOf(options), { signal }).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, undefined as never),
      );
      return undefined;
    };
    const steps = { open, renew: async () => false, isPlain: true };
    const asked = { options, request: this.#connectsFor, ...steps };
    return connectInSteps(this as unknown as NodeAgent, asked, callback as OnCreate);
  }
}

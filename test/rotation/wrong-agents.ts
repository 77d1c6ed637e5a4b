/** Agents for node:https that rotate wrongly, each in a way that is found in the wild. */

import { once } from 'node:events';
import https, { type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Credential, CredentialManager } from '@keyturn/core';
import { startHttpServer } from './http-server.js';
import type { BoundClient } from './load-client.js';
import type { LoadServer } from './load-server.js';
import type { Complaint } from './verdict.js';
import { followNothing, type WrongClient } from './wrong-client.js';

interface AgentParts {
  readonly manager: CredentialManager;
  readonly server: LoadServer;
}

/** Returns the agent for the next request. */
type AgentMaker = (parts: AgentParts) => () => https.Agent;

const heldBy = (manager: CredentialManager): Credential => {
  const held = manager.peek();
  if (held === undefined) throw new Error('The load begins with a credential.');
  return held;
};

const identityOf = ({ clientCertificate }: Credential): AgentOptions => ({
  cert: clientCertificate?.certificate,
  key: clientCertificate?.privateKey,
});

const settings = ({ server }: AgentParts): AgentOptions => ({ ca: server.ca, keepAlive: true });

/** Hands the current certificate to each new connection. Nobody closes the old ones. */
class NaiveAgent extends https.Agent {
  readonly #manager: CredentialManager;

  constructor(manager: CredentialManager, options: AgentOptions) {
    super(options);
    this.#manager = manager;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    return super.createConnection({ ...options, ...identityOf(heldBy(this.#manager)) }, callback);
  }
}

/** Names its connections by the generation of the moment, not by their own. */
class GlobalNameAgent extends NaiveAgent {
  #generation = 0;

  override getName(options?: RequestOptions): string {
    return `${super.getName(options)}:${this.#generation}`;
  }

  rotate(): void {
    this.#generation += 1;
    for (const socket of Object.values(this.freeSockets).flat()) socket?.destroy();
  }
}

/** A connection of an old certificate is used again for as long as it stays open. */
const keptConnections: AgentMaker = (parts) => {
  const agent = new NaiveAgent(parts.manager, settings(parts));
  return () => agent;
};

/** Without keep-alive each connection is new, but it resumes the TLS session of an old one, and with it the identity. */
const resumedSessions: AgentMaker = (parts) => {
  const agent = new NaiveAgent(parts.manager, { ...settings(parts), keepAlive: false });
  return () => agent;
};

/** A busy connection comes back to the pool under the name of the new generation. */
const globalName: AgentMaker = (parts) => {
  const agent = new GlobalNameAgent(parts.manager, settings(parts));
  parts.manager.on('rotated', () => agent.rotate());
  return () => agent;
};

/** The certificate of the start, for ever. */
const fixedCertificate: AgentMaker = (parts) => {
  let agent: https.Agent | undefined;
  return () =>
    (agent ??= new https.Agent({ ...settings(parts), ...identityOf(heldBy(parts.manager)) }));
};

/** As client-go does it: whatever is in flight fails. */
const closeAll: AgentMaker = (parts) => {
  const agent = new NaiveAgent(parts.manager, { ...settings(parts), maxCachedSessions: 0 });
  parts.manager.on('rotated', () => agent.destroy());
  return () => agent;
};

/** A new agent for each certificate. */
const replaced =
  (retire: (old: https.Agent) => void): AgentMaker =>
  (parts) => {
    let agent: https.Agent | undefined;
    parts.manager.on('rotated', () => {
      if (agent !== undefined) retire(agent);
      agent = undefined;
    });
    return () =>
      (agent ??= new https.Agent({ ...settings(parts), ...identityOf(heldBy(parts.manager)) }));
  };

/** Sends with whatever agent it is given, and the current token. */
function bindAgent(parts: AgentParts, agent: () => https.Agent): BoundClient {
  const { manager, server } = parts;
  const made = new Set<https.Agent>();
  return {
    ask: async ({ path, body }) => {
      const { token } = manager.peek() ?? (await manager.current());
      const current = agent();
      made.add(current);
      const request = https.request(server.url + path, {
        agent: current,
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      request.end(body);
      const [response] = await once(request, 'response');
      return { status: response.statusCode, text: await text(response) };
    },
    follow: followNothing,
    close: () => {
      for (const one of made) one.destroy();
    },
  };
}

const wrong = (name: string, finds: Complaint, make: AgentMaker): WrongClient => ({
  name,
  finds,
  startServer: startHttpServer,
  bind: (parts) => bindAgent(parts, make(parts)),
});

export const wrongAgents: readonly WrongClient[] = [
  wrong('an agent that keeps the old connections', 'stale', keptConnections),
  wrong('an agent that resumes old TLS sessions', 'resumed', resumedSessions),
  wrong('an agent that names connections by the generation of the moment', 'stale', globalName),
  wrong('an agent with the certificate of the start', 'stale', fixedCertificate),
  wrong('an agent that closes every connection', 'failed', closeAll),
  wrong(
    'a new agent, the old one destroyed',
    'failed',
    replaced((old) => old.destroy()),
  ),
  wrong(
    'a new agent, the old one left alone',
    'leaked',
    replaced(() => {}),
  ),
];

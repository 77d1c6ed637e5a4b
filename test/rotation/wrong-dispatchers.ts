/** Dispatchers of undici that rotate wrongly. */

import type { Credential, CredentialManager } from '@keyturn/core';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { startHttpServer } from './http-server.js';
import { concurrency } from './load-client.js';
import type { LoadServer } from './load-server.js';
import type { Complaint } from './verdict.js';
import { followNothing, type WrongClient } from './wrong-client.js';

type DispatcherMaker = (
  manager: CredentialManager,
  server: LoadServer,
) => (credential: Credential) => Dispatcher;

const identityOf = ({ clientCertificate }: Credential) => ({
  cert: clientCertificate?.certificate,
  key: clientCertificate?.privateKey,
});

/** Each new connection gets the current certificate, but the pool has no reason to make a new one. */
const connectFunction: DispatcherMaker = (manager, server) => {
  const agent = new Agent({
    connections: concurrency,
    connect: (options, callback) => {
      const held = manager.peek();
      const identity = held === undefined ? {} : identityOf(held);
      buildConnector({ ca: server.ca, ...identity } as buildConnector.BuildOptions)(
        options,
        callback,
      );
    },
  });
  return () => agent;
};

/** Whatever is in flight fails with the old Agent. */
const destroyed: DispatcherMaker = (manager, server) => {
  let agent: Agent | undefined;
  manager.on('rotated', () => {
    void agent?.destroy();
    agent = undefined;
  });
  return (credential) =>
    (agent ??= new Agent({
      connections: concurrency,
      connect: { ca: server.ca, ...identityOf(credential) },
    }));
};

/** The connections of the old Agent stay open until a server closes them. */
const leftAlone: DispatcherMaker = (manager, server) => {
  let agent: Agent | undefined;
  manager.on('rotated', () => {
    agent = undefined;
  });
  return (credential) =>
    (agent ??= new Agent({
      connections: concurrency,
      keepAliveTimeout: 600_000,
      connect: { ca: server.ca, ...identityOf(credential) },
    }));
};

const wrong = (name: string, finds: Complaint, make: DispatcherMaker): WrongClient => ({
  name,
  finds,
  startServer: startHttpServer,
  bind: ({ manager, server }) => {
    const dispatcherFor = make(manager, server);
    const made = new Set<Dispatcher>();
    return {
      ask: async ({ path, body }) => {
        const credential = manager.peek() ?? (await manager.current());
        const dispatcher = dispatcherFor(credential);
        made.add(dispatcher);
        const response = await request(server.url + path, {
          dispatcher,
          method: body === undefined ? 'GET' : 'POST',
          body: body ?? null,
          headers: { authorization: `Bearer ${credential.token}` },
        });
        return { status: response.statusCode, text: await response.body.text() };
      },
      follow: followNothing,
      close: () => {
        for (const one of made) one.destroy().catch(() => {});
      },
    };
  },
});

export const wrongDispatchers: readonly WrongClient[] = [
  wrong('an undici Agent with a connect function', 'stale', connectFunction),
  wrong('a new undici Agent, the old one destroyed', 'failed', destroyed),
  wrong('a new undici Agent, the old one left alone', 'leaked', leftAlone),
];

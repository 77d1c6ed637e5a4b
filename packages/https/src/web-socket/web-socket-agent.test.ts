import { once } from 'node:events';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { numberedSource } from '../../test/scene.js';
import { startWebSocketServer, type WebSocketServerOptions } from '../../test/web-socket-scene.js';
import { CredentialAgent } from '../agent/credential-agent.js';

/** What `new WebSocket(url, { agent })` does with a CredentialAgent and nothing else. */
async function scene(source: CredentialSource, serverOptions: WebSocketServerOptions = {}) {
  const server = await startWebSocketServer(serverOptions);
  const manager = createCredentialManager({ source });
  const origin = server.url.replace('wss', 'https');
  const agent = new CredentialAgent(manager, { origins: [origin], tls: { ca: server.ca } });
  return {
    server,
    manager,
    agent,
    make: (options: WebSocket.ClientOptions = {}) =>
      new WebSocket(server.url, { agent, ...options }),
    isEmpty: () =>
      [agent.sockets, agent.freeSockets, agent.requests].every((pool) => !Object.keys(pool).length),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await manager.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

it('carries token and certificate with an upgrade: cold, warm and after a rotation', async () => {
  await using at = await scene(numberedSource('both'));
  await once(at.make(), 'open');
  await once(at.make(), 'open');
  await at.manager.refresh();
  await once(at.make(), 'open');
  expect(at.server.upgrades).toEqual([
    { authorization: 'Bearer token-1', commonName: 'client-1' },
    { authorization: 'Bearer token-1', commonName: 'client-1' },
    { authorization: 'Bearer token-2', commonName: 'client-2' },
  ]);
  expect(at.isEmpty()).toBe(true);
});

it('leaves an Authorization of your own alone', async () => {
  const source = numberedSource();
  await using at = await scene(source);
  await once(at.make({ headers: { Authorization: 'Bearer mine' } }), 'open');
  expect(at.server.upgrades[0]?.authorization).toBe('Bearer mine');
  expect(source.loads).toBe(0);
});

it('lets terminate() end an upgrade that waits for a credential, and leaves nothing behind', async () => {
  const source = controlledSource();
  await using at = await scene(source);
  const socket = at.make();
  await source.nextLoad();
  const failed = once(socket, 'error');
  socket.terminate();
  expect(String((await failed)[0])).toContain('closed before the connection');
  expect(at.isEmpty()).toBe(true);
  expect(at.server.upgrades).toEqual([]);
});

it('lets handshakeTimeout end an upgrade that waits for a credential, and leaves nothing behind', async () => {
  await using at = await scene(controlledSource());
  const [error] = await once(at.make({ handshakeTimeout: 20 }), 'error');
  expect(String(error)).toContain('timed out');
  expect(at.isEmpty()).toBe(true);
});

it('does not touch an open WebSocket when the certificate rotates: it belongs to its owner', async () => {
  await using at = await scene(numberedSource('both'), {
    onConnection: (opened) => opened.on('message', (data) => opened.send(data)),
  });
  const socket = at.make();
  await once(socket, 'open');
  await at.manager.refresh();
  socket.send('still here');
  const [message] = await once(socket, 'message');
  expect(String(message)).toBe('still here');
});

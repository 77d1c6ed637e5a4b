import { createCredentialManager } from '@keyturn/core';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { numberedSource } from '../../test/scene.js';
import { startWebSocketServer, type WebSocketTestServer } from '../../test/web-socket-scene.js';
import { connectWebSocket } from './connect-web-socket.js';

async function start(
  redirect: () => string | undefined = () => undefined,
): Promise<WebSocketTestServer> {
  const server = await startWebSocketServer({ redirect });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function connect(
  { url, ca }: WebSocketTestServer,
  others: readonly WebSocketTestServer[] = [],
): Promise<void> {
  const manager = createCredentialManager({ source: numberedSource('both') });
  onTestFinished(() => manager.close());
  const origins = [url, ...others.map((other) => other.url)].map((one) =>
    one.replace('wss', 'https'),
  );
  const make = (to: URL, init: object) => new WebSocket(to, { ...init, followRedirects: true });
  const socket = await connectWebSocket(make, manager, { url, origins, tls: { ca } });
  socket.terminate();
}

const carried = { authorization: 'Bearer token-1', commonName: 'client-1' };
const nothing = { authorization: undefined, commonName: undefined };

it('carries token and certificate along a redirect of ws between two origins in scope', async () => {
  const second = await start();
  const first = await start(() => second.url);
  await connect(first, [second]);
  expect([first.upgrades, second.upgrades]).toEqual([[carried], [carried]]);
});

it('carries neither to another origin, nor back from there', async () => {
  const answers: (string | undefined)[] = [];
  const first = await start(() => answers.shift());
  const elsewhere = await start(() => first.url);
  answers.push(elsewhere.url);
  await connect(first);
  expect(elsewhere.upgrades).toEqual([nothing]);
  expect(first.upgrades).toEqual([carried, nothing]);
});

it('ends a redirect from wss to ws in an error of the call', async () => {
  const first = await start(() => 'ws://localhost:1/');
  await expect(connect(first)).rejects.toMatchObject({ code: 'ERR_ORIGIN_INSECURE' });
});

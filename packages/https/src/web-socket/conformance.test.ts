import { once } from 'node:events';
import type { CredentialManager } from '@keyturn/core';
import {
  type BindingSetup,
  type SceneAnswer,
  type SceneRequest,
  testBinding,
} from '@keyturn/testkit';
import { it } from 'vitest';
import { WebSocket } from 'ws';
import { connectWebSocket } from './connect-web-socket.js';
import { UpgradeRefusedError } from './web-socket-handshake.js';

/** connectWebSocket is told everything with each call: what a program keeps for that is its own business. */
type Connector = () => {
  readonly manager: CredentialManager;
  readonly setup: Omit<BindingSetup, 'url' | 'maxSockets'>;
};

/** Opens a socket, hears the one message that the server has for it, and closes it. */
async function send(
  connector: Connector,
  { url, headers, signal, timeoutMs }: SceneRequest,
): Promise<SceneAnswer> {
  const { manager, setup } = connector();
  try {
    const socket = await connectWebSocket(
      (to, init) => new WebSocket(to, { ...init, followRedirects: true }),
      manager,
      { ...setup, url: url.replace(/^http/, 'ws'), headers, signal, timeoutMs },
    );
    const closed = once(socket, 'close');
    const [message] = await once(socket, 'message');
    await closed;
    return { status: 200, body: String(message), answer: socket };
  } catch (error) {
    if (!(error instanceof UpgradeRefusedError)) throw error;
    return { status: error.statusCode, body: '', answer: error };
  }
}

testBinding<Connector>({
  test: it,
  name: 'connectWebSocket',
  protocol: 'websocket',
  // It is bound with each call, opens wss alone, has a connection for each socket, and an upgrade has no body.
  lacks: ['binds', 'bodies', 'plainHttp', 'keepsConnections'],
  bind: (manager, { url: _, maxSockets: __, ...setup }) => ({
    client: () => ({ manager, setup }),
    supports: { token: true, clientCertificate: true, replay: setup.replay ?? true },
    unbind: () => {},
  }),
  send,
});

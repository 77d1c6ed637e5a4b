/** WebSockets: a request is an upgrade, and the answer what comes until the server closes. */

import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CredentialAgent, connectWebSocket, UpgradeRefusedError } from '@keyturn/https';
import { createWebSocketStream, WebSocket } from 'ws';
import type { Answer, LoadClient } from './load-client.js';
import { whereOf } from './node-clients.js';
import { startWebSocketServer } from './web-socket-server.js';

/**
 * Made by hand with the agent: who gets a 401 has to try again. An upgraded socket leaves the agent and belongs to its owner,
 * who hears of rotations from the manager.
 */
export const webSocketAgentClient: LoadClient = {
  name: 'ws with the agent',
  connects: 'for each request',
  replays: false,
  cuts: false,
  startServer: startWebSocketServer,
  bind: (parts) => {
    const agent = new CredentialAgent(parts.manager, whereOf(parts));
    const open = (path: string): Duplex =>
      createWebSocketStream(new WebSocket(socketUrl(parts.server, path), { agent }));
    return {
      ask: async ({ path }) => ({ status: 200, text: await text(open(path)) }),
      follow: open,
      close: () => agent.destroy(),
    };
  },
};

export const webSocketClient: LoadClient = {
  name: 'ws with connectWebSocket',
  connects: 'for each request',
  resumes: false,
  // A refused upgrade is a TLS handshake for nothing.
  paysForRefusals: true,
  startServer: startWebSocketServer,
  bind: (parts) => {
    const { manager, server, options, ca } = parts;
    const open = async (path: string): Promise<Duplex> => {
      let stream: Duplex | undefined;
      const socket = await connectWebSocket((url, init) => new WebSocket(url, init), manager, {
        ...options,
        url: socketUrl(server, path),
        tls: { ca: ca ?? server.ca },
        onCut: (error) => stream?.destroy(error),
      });
      stream = createWebSocketStream(socket);
      return stream;
    };
    return {
      ask: async ({ path }) => wholeAnswer(open(path)),
      async *follow(path) {
        yield* await open(path);
      },
      close: () => {},
    };
  },
};

function socketUrl({ url }: { readonly url: string }, path: string): string {
  return url.replace('https:', 'wss:') + path;
}

async function wholeAnswer(opening: Promise<Duplex>): Promise<Answer> {
  try {
    return { status: 200, text: await text(await opening) };
  } catch (error) {
    if (error instanceof UpgradeRefusedError) return { status: error.statusCode, text: '' };
    throw error;
  }
}

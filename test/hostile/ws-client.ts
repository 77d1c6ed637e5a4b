import { once } from 'node:events';
import type { CredentialManager } from '@keyturn/core';
import { type ConnectWebSocketOptions, connectWebSocket } from '@keyturn/https';
import { WebSocket } from 'ws';
import { type ChangeableCall, type HostileClient, judged, type Places } from './hostile-client.js';

type Options = ConnectWebSocketOptions<WebSocket>;

async function open(manager: CredentialManager, options: Options): Promise<unknown> {
  const socket = await connectWebSocket(
    (url, init) => new WebSocket(url, init as WebSocket.ClientOptions),
    manager,
    options,
  );
  socket.terminate();
  return socket;
}

function optionsFor({ good, ca }: Places): Options & { readonly headers: Record<string, string> } {
  return { url: urlOf(good), tls: { ca }, headers: { ...judged.headers } };
}

function urlOf(good: string): URL {
  return new URL(judged.path, good.replace('https:', 'wss:'));
}

function call(manager: CredentialManager, options: Options, change: () => void): ChangeableCall {
  return { answer: open(manager, options), change, close: () => {} };
}

/** A handshake is a GET without a body. */
export const wsClient: HostileClient = {
  name: 'ws',
  replays: true,
  bind: (manager, places) => ({ send: () => open(manager, optionsFor(places)), close: () => {} }),
  bare: (token, { good, ca }) => ({
    send: async () => {
      const headers = { ...judged.headers, authorization: `Bearer ${token}` };
      const socket = new WebSocket(urlOf(good), { ca, headers });
      await once(socket, 'open');
      socket.terminate();
    },
    close: () => {},
  }),
  changes: [
    {
      what: 'options object',
      call: (manager, places) => {
        const options = optionsFor(places);
        return call(manager, options, () => {
          Object.assign(options, { url: places.evil.replace('https:', 'wss:'), replay: false });
          Object.assign(options.headers, { 'x-judged': 'evil', authorization: 'evil' });
        });
      },
    },
    {
      what: 'URL object',
      call: (manager, places) => {
        const options = optionsFor(places);
        return call(manager, options, () => {
          (options.url as URL).host = new URL(places.evil).host;
        });
      },
    },
    {
      what: 'origins array',
      call: (manager, places) => {
        const origins = [places.good];
        return call(manager, { ...optionsFor(places), origins }, () => {
          origins[0] = places.evil;
        });
      },
    },
    {
      what: 'options that answer otherwise each time',
      call: (manager, places) => {
        let asked = 0;
        const options = {
          ...optionsFor(places),
          get headers() {
            return asked++ === 0 ? judged.headers : { 'x-judged': 'evil', authorization: 'evil' };
          },
        };
        return call(manager, options as never, () => {});
      },
    },
  ],
};

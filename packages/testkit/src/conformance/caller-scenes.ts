import { equal, deepEqual as same } from 'node:assert/strict';
import { acceptOnly, handled, inTime, tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';
import { requestTo } from './theatre.js';

export const callerScenes: readonly Scene[] = [
  scene("leaves the caller's headers as they were", ['token'], async (theatre) => {
    const headers = { 'X-Mine': 'yes' };
    const { send } = await theatre.stage({ server: { authorize: acceptOnly('token-2') } });
    await send('/mine', { headers });
    same(headers, { 'X-Mine': 'yes' });
  }),

  scene("leaves the caller's options as they were", ['binds'], async (theatre) => {
    const { server, manager } = await theatre.stage();
    const origins = [server.url];
    const setup = { url: server.url, origins, replay: true, maxSockets: 2 };
    const before = structuredClone(setup);
    const binding = theatre.bind(manager, setup);
    binding.unbind();
    same(setup, before);
  }),

  scene(
    "runs the caller's own hooks once per answer",
    ['token', 'replay', 'hooks'],
    async (theatre) => {
      const { server, binding } = await theatre.stage({
        server: { authorize: acceptOnly('token-2') },
      });
      const seen: number[] = [];
      const watch = theatre.adapter.watch?.bind(theatre.adapter);
      const watched = watch?.(binding.client, (status) => seen.push(status)) ?? binding.client;
      await theatre.send(watched, `${server.url}/once`);
      same(seen, [200]);
    },
  ),

  scene(
    "gives a retry by the client or someone else's plugin the current token",
    ['token', 'retries'],
    async (theatre) => {
      const { server, manager, binding } = await theatre.stage({
        server: {
          respond: (_, response, { token }) =>
            response.writeHead(token === 'token-1' ? 503 : 200).end('{}'),
        },
      });
      const { adapter, limitMs } = theatre;
      const request = requestTo(`${server.url}/retried`);
      const sent = adapter.sendWithRetry?.(binding.client, request, () => manager.refresh());
      equal((await inTime('the retry', handled(sent ?? Promise.reject()), limitMs)).status, 200);
      same(tokensOf(server), ['token-1', 'token-2']);
    },
  ),
];

import { equal, deepEqual as same } from 'node:assert/strict';
import { controlledSource } from '../controlled-source.js';
import { acceptOnly, hourMs, inTime, tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';

const replayed: Scene['needs'] = ['token', 'replay'];

export const refusalScenes: readonly Scene[] = [
  scene('replays a refused request once, with the next token', replayed, async (theatre) => {
    let accepted = '';
    const { server, source, send } = await theatre.stage({
      server: { authorize: ({ token }) => token === accepted },
    });
    for (const [index, method] of ['GET', 'PUT', 'DELETE'].entries()) {
      accepted = `token-${index + 2}`;
      equal((await send('/replayed', { method })).status, 200, method);
    }
    same(tokensOf(server), ['token-1', 'token-2', 'token-2', 'token-3', 'token-3', 'token-4']);
    equal(source.runs, 4);
  }),

  scene('delivers the answer to the replay', replayed, async (theatre) => {
    const { send } = await theatre.stage({
      server: {
        respond: (_, response, { token }) => {
          const status = token === 'token-2' ? 200 : 401;
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ answered: token }));
        },
      },
    });
    const { body } = await send('/replayed');
    const json = typeof body === 'string' ? JSON.parse(body) : body;
    same({ ...json }, { answered: 'token-2' });
  }),

  scene('gives up after one replay', replayed, async (theatre) => {
    const { server, send } = await theatre.stage({ server: { authorize: () => false } });
    equal((await send('/refused')).status, 401);
    same(tokensOf(server), ['token-1', 'token-2']);
  }),

  scene('gives up at once when refusals are too frequent', replayed, async (theatre) => {
    const { server, source, send } = await theatre.stage({
      server: { authorize: () => false },
      refusalLimit: { threshold: 1, intervalMs: hourMs },
    });
    await send('/first');
    const before = server.requests.length;
    equal((await send('/second')).status, 401);
    equal(server.requests.length - before, 1);
    equal(source.runs, 2);
  }),

  scene(
    'passes a refusal on with "replay: false", and the next request carries a new token',
    ['token'],
    async (theatre) => {
      const { server, send } = await theatre.stage({
        server: { authorize: acceptOnly('token-2') },
        bind: { replay: false },
      });
      equal((await send('/refused')).status, 401);
      equal((await send('/next')).status, 200);
      same(tokensOf(server), ['token-1', 'token-2']);
    },
  ),

  scene('starts nothing for the late refusal of an older token', replayed, async (theatre) => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { source, manager, send } = await theatre.stage({
      server: {
        respond: async (request, response, { token }) => {
          if (request.url === '/late' && token === 'token-1') await held;
          response.writeHead(token === 'token-1' ? 401 : 200).end();
        },
      },
    });
    const late = send('/late');
    await send('/prompt');
    release();
    equal((await inTime('the late answer', late, theatre.limitMs)).status, 200);
    same([source.runs, manager.stats().generation], [2, 2]);
  }),

  scene('hands the refused answer to the source', [...replayed, 'headers'], async (theatre) => {
    const source = controlledSource();
    const { send } = await theatre.stage({ source, server: { authorize: acceptOnly('good') } });
    const answer = send('/described');
    (await inTime('a first load', source.nextLoad(), theatre.limitMs)).succeed({ token: 'bad' });
    const load = await inTime('a second load', source.nextLoad(), theatre.limitMs);
    load.succeed({ token: 'good' });
    await answer;
    const { reason, response } = load.context;
    equal(reason, 'rejected');
    equal(response?.status, 401);
    same(response?.headers['www-authenticate'], ['Bearer']);
  }),

  scene(
    'replays what is answered with one of "refusedStatuses", and nothing else',
    [...replayed, 'statuses'],
    async (theatre) => {
      const { server, source, send } = await theatre.stage({
        server: {
          respond: ({ url }, response, { token }) => {
            const status = url === '/unauthorized' ? 401 : token === 'token-1' ? 498 : 200;
            response.writeHead(status).end();
          },
        },
        bind: { refusedStatuses: [403, 498] },
      });
      equal((await send('/told')).status, 200);
      same(tokensOf(server), ['token-1', 'token-2']);
      equal((await send('/unauthorized')).status, 401);
      same([server.requests.length, source.runs], [3, 2]);
    },
  ),

  scene(
    'passes one of "refusedStatuses" on with "replay: false", and the next request carries a new token',
    ['token', 'statuses'],
    async (theatre) => {
      const { server, send } = await theatre.stage({
        server: {
          respond: (_, response, { token }) => {
            response.writeHead(token === 'token-2' ? 200 : 403).end();
          },
        },
        bind: { replay: false, refusedStatuses: [403] },
      });
      equal((await send('/refused')).status, 403);
      equal((await send('/next')).status, 200);
      same(tokensOf(server), ['token-1', 'token-2']);
    },
  ),
];

import { equal, deepEqual as same } from 'node:assert/strict';
import type { CredentialMaterial } from '@keyturn/core';
import type { RecordedRequest } from '../server/recorded-request.js';
import type { TestApiServer } from '../server/test-api-server.js';
import { hourMs, rejection, tokensOf } from './expectations.js';
import { showsNone } from './printed.js';
import { type Scene, scene } from './scene.js';
import { schemes } from './secret-scenes.js';
import type { Stage, StageOptions, Theatre } from './theatre.js';

const key = 'x-api-key';

/** What a load gives beside its token, or with `undefined` in its place. */
const keyed = (run: number): CredentialMaterial => ({
  headers: { 'X-API-Key': `key-${run}`, 'X-Tenant': 'ours' },
});
const keyAlone = (run: number): CredentialMaterial => ({
  token: undefined,
  headers: { 'X-API-Key': `key-${run}` },
});

export const headerScenes: readonly Scene[] = [
  scene('sends the headers of the credential beside its token', ['token'], async (theatre) => {
    const { server, manager, send } = await keyedStage(theatre);
    await send('/first');
    await manager.refresh();
    equal((await send('/second')).status, 200);
    same(seen(server, key), ['key-1', 'key-2']);
    same(seen(server, 'x-tenant'), ['ours', 'ours']);
    same(tokensOf(server), ['token-1', 'token-2']);
  }),

  scene('sends the headers of a credential without a token', ['token'], async (theatre) => {
    const { server, source, send } = await theatre.stage();
    source.change = keyAlone;
    equal((await send('/keyed')).status, 200);
    same([seen(server, key), seen(server, 'authorization')], [['key-1'], [undefined]]);
  }),

  scene('goes as nobody where the source says so', ['token'], async (theatre) => {
    const { server, source, send } = await theatre.stage();
    source.change = () => ({ token: undefined, anonymous: true });
    equal((await send('/public')).status, 200);
    same(seen(server, 'authorization'), [undefined]);
  }),

  scene(
    'puts an authorization among the headers in the place of the token',
    ['token'],
    async (at) => {
      const { server, source, send } = await at.stage();
      source.change = () => ({ headers: { Authorization: 'Basic bWU6cHc=' } });
      equal((await send('/basic')).status, 200);
      same(seen(server, 'authorization'), ['Basic bWU6cHc=']);
    },
  ),

  scene(
    'leaves a header of your own alone, in any letter case, and sends the others',
    ['token'],
    async (theatre) => {
      const { server, send } = await keyedStage(theatre);
      for (const name of ['X-API-Key', 'x-api-key', 'X-API-KEY']) {
        await send('/own', { headers: { [name]: 'mine' } });
      }
      same(seen(server, key), ['mine', 'mine', 'mine']);
      same(seen(server, 'x-tenant'), ['ours', 'ours', 'ours']);
      same(tokensOf(server), ['token-1', 'token-1', 'token-1']);
    },
  ),

  scene(
    'sends the other headers beside an Authorization of your own',
    ['token'],
    async (theatre) => {
      const { server, source, manager, send } = await keyedStage(theatre);
      await manager.current();
      await send('/own', { headers: { authorization: 'Bearer mine' } });
      same([tokensOf(server), seen(server, key)], [['mine'], ['key-1']]);
      equal(source.runs, 1);
    },
  ),

  scene(
    'waits for the other headers with an Authorization of your own, once it is known that there are any',
    ['token', 'binds'],
    async (theatre) => {
      const { server, source, clock, send } = await theatre.stage();
      // With a certificate it would wait for the sake of that.
      source.change = (run) => ({
        ...keyed(run),
        clientCertificate: undefined,
        expiresAt: clock.now() + hourMs,
      });
      await send('/first');
      await clock.advance(2 * hourMs);
      await send('/own', { headers: { authorization: 'Bearer mine' } });
      same(
        [tokensOf(server), seen(server, key)],
        [
          ['token-1', 'mine'],
          ['key-1', 'key-2'],
        ],
      );
    },
  ),

  scene(
    'replays a refused request with the headers of the next credential',
    ['token', 'replay'],
    async (theatre) => {
      const { server, source, send } = await theatre.stage({
        server: { authorize: ({ headers }) => headers[key] === 'key-2' },
      });
      source.change = keyAlone;
      equal((await send('/refused')).status, 200);
      same(seen(server, key), ['key-1', 'key-2']);
    },
  ),

  scene(
    'replays nothing where you have set every header of the credential yourself',
    ['token', 'replay'],
    async (theatre) => {
      const { server, source, send } = await theatre.stage({ server: { authorize: () => false } });
      source.change = keyAlone;
      equal((await send('/own', { headers: { 'x-api-key': 'mine' } })).status, 401);
      same([seen(server, key), source.runs], [['mine'], 1]);
    },
  ),

  scene('does not carry a header to another origin', ['token', 'roams'], async (theatre) => {
    const { binding, send } = await keyedStage(theatre);
    await send('/here');
    const elsewhere = await theatre.startServer();
    equal((await theatre.send(binding.client, `${elsewhere.url}/elsewhere`)).status, 200);
    same(carried(elsewhere), [[undefined, undefined]]);
  }),

  scene(
    'does not carry a header along a redirect to another origin, nor back from there',
    ['token', 'roams'],
    async (theatre) => {
      const elsewhere = await theatre.startServer({
        respond: (_, response) => response.writeHead(302, { location: `${here.url}/back` }).end(),
      });
      const here = await theatre.startServer({
        respond: ({ url }, response) => {
          if (url === '/leave') response.writeHead(302, { location: `${elsewhere.url}/left` });
          response.end('{}');
        },
      });
      const bind = { url: here.url, origins: [here.url] };
      const { binding } = await keyedStage(theatre, { bind });
      await theatre.send(binding.client, `${here.url}/leave`);
      equal(here.requests[0]?.headers[key], 'key-1');
      const later = [...carried(elsewhere), ...carried(here).slice(1)];
      for (const each of later) same(each, [undefined, undefined]);
    },
  ),

  scene(
    'carries the headers along a redirect that stays in scope',
    ['token', 'roams'],
    async (theatre) => {
      const second = await theatre.startServer();
      const first = await theatre.startServer({
        respond: (_, response) => response.writeHead(302, { location: `${second.url}/on` }).end(),
      });
      const bind = { url: first.url, origins: [first.url, second.url] };
      const { binding } = await keyedStage(theatre, { bind });
      await theatre.send(binding.client, `${first.url}/leaving`);
      // A client that follows none hands the redirect over.
      for (const each of carried(second)) same(each, ['key-1', 'ours']);
    },
  ),

  scene('sends no header of the credential after unbind()', ['token', 'binds'], async (theatre) => {
    const { server, binding, send } = await keyedStage(theatre);
    await send('/bound');
    binding.unbind();
    equal((await send('/unbound')).status, 200);
    same(carried(server), [
      ['key-1', 'ours'],
      [undefined, undefined],
    ]);
  }),

  scene('keeps the headers out of answers, refusals and the client', ['token'], async (theatre) => {
    for (const plainHttp of schemes(theatre)) {
      const server = { plainHttp, authorize: ({ path }: RecordedRequest) => path === '/fine' };
      const { binding, send } = await secretStage(theatre, { server });
      showsNone(secrets, (await send('/fine')).answer, 'answer');
      showsNone(secrets, (await send('/refused')).answer, 'refusal');
      showsNone(secrets, binding.client, 'client');
    }
  }),

  scene('keeps the headers out of a connection error', ['token'], async (theatre) => {
    const { server, send } = await secretStage(theatre);
    await send('/there');
    await server.close();
    const error = await rejection('a request to nobody', send('/gone'), theatre.limitMs);
    showsNone(secrets, error, 'error');
  }),
];

async function keyedStage<Client>(
  theatre: Theatre<Client>,
  options: StageOptions = {},
): Promise<Stage<Client>> {
  const stage = await theatre.stage(options);
  stage.source.change = keyed;
  return stage;
}

const secrets = ['very-secret-key', 'c2VjcmV0LXBhaXI6'] as const;

async function secretStage<Client>(
  theatre: Theatre<Client>,
  options: StageOptions = {},
): Promise<Stage<Client>> {
  const stage = await theatre.stage(options);
  const [apiKey, pair] = secrets;
  const headers = { 'X-API-Key': apiKey, Authorization: `Basic ${pair}` };
  stage.source.change = () => ({ headers });
  return stage;
}

function seen({ requests }: TestApiServer, name: string): unknown[] {
  return requests.map(({ headers }) => headers[name]);
}

function carried(server: TestApiServer): unknown[][] {
  const tenants = seen(server, 'x-tenant');
  return seen(server, key).map((value, index) => [value, tenants[index]]);
}

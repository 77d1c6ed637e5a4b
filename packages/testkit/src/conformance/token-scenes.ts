import { equal, deepEqual as same } from 'node:assert/strict';
import { tokensOf, until } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Theatre } from './theatre.js';

export const tokenScenes: readonly Scene[] = [
  scene('sends the current token', ['token'], async (theatre) => {
    const { server, manager, send } = await theatre.stage();
    await send('/first');
    await manager.refresh();
    equal((await send('/second')).status, 200);
    same(tokensOf(server), ['token-1', 'token-2']);
  }),

  scene('leaves an Authorization of your own alone, in any letter case', ['token'], async (at) => {
    const { server, send } = await at.stage();
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
      await send('/own', { headers: { [name]: 'Bearer mine' } });
    }
    same(tokensOf(server), ['mine', 'mine', 'mine']);
  }),

  scene('runs and replays nothing for an Authorization of your own', ['token'], async (theatre) => {
    const { server, source, send } = await theatre.stage({ server: { authorize: () => false } });
    const { status } = await send('/own', { headers: { authorization: 'Bearer mine' } });
    equal(status, 401);
    equal(server.requests.length, 1);
    equal(source.runs, 0);
  }),

  scene(
    'sends no Authorization where the credential has no token',
    ['clientCertificate'],
    withoutToken,
  ),

  scene('speaks plain http to loopback', ['token', 'plainHttp'], async (theatre) => {
    const { server, send } = await theatre.stage({ server: { plainHttp: true } });
    equal((await send('/plain')).status, 200);
    same(tokensOf(server), ['token-1']);
  }),

  scene('never mixes two managers on two clients', ['token'], async (theatre) => {
    const one = await theatre.stage();
    const other = await theatre.stage();
    other.source.change = () => ({ token: 'of-the-other' });
    await Promise.all([one.send('/one'), other.send('/other')]);
    same([tokensOf(one.server), tokensOf(other.server)], [['token-1'], ['of-the-other']]);
  }),

  scene('sends no token after unbind()', ['token', 'binds'], async (theatre) => {
    const { server, binding, send } = await theatre.stage();
    await send('/bound');
    binding.unbind();
    // Whom to trust is a setting of the client, not a credential: the certificate of the server stays accepted.
    equal((await send('/unbound')).status, 200);
    same(tokensOf(server), ['token-1', undefined]);
  }),

  scene(
    'presents no certificate after unbind()',
    ['clientCertificate', 'binds'],
    async (theatre) => {
      const { server, source, binding, send } = await theatre.stage();
      source.change = theatre.certificateFor;
      await send('/bound');
      binding.unbind();
      equal((await send('/unbound')).status, 200);
      equal(server.requests.at(-1)?.commonName, undefined);
    },
  ),

  scene(
    'closes its idle connections when it is unbound',
    ['clientCertificate', 'binds'],
    async (theatre) => {
      const { server, source, binding, send } = await theatre.stage();
      source.change = theatre.certificateFor;
      await send('/bound');
      binding.unbind();
      await until('no connection is open', () => server.connections.open === 0, theatre.limitMs);
    },
  ),
];

async function withoutToken<Client>(theatre: Theatre<Client>): Promise<void> {
  const { server, source, send } = await theatre.stage();
  source.change = async (run) => ({ ...(await theatre.certificateFor(run)), token: undefined });
  equal((await send('/certified')).status, 200);
  equal(server.requests[0]?.headers.authorization, undefined);
}

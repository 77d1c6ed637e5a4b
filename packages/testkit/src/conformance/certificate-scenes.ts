import { equal, ok, deepEqual as same } from 'node:assert/strict';
import { isCertificateRefusal } from '@keyturn/core/binding';
import type { TestApiServerOptions } from '../server/test-api-server.js';
import type { SceneAnswer } from './binding-under-test.js';
import { commonNamesOf, rejection, until } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Stage, Theatre } from './theatre.js';

const certified: Scene['needs'] = ['clientCertificate'];

export const certificateScenes: readonly Scene[] = [
  ...(['TLSv1.2', 'TLSv1.3'] as const).map((version) =>
    scene(
      `presents the new certificate after a rotation, where ${version} sessions could be resumed`,
      certified,
      async (theatre) => {
        const { server, source, manager, send } = await theatre.stage({
          server: { minVersion: version, maxVersion: version, clientCertificate: 'require' },
        });
        source.change = theatre.certificateFor;
        await send('/first');
        await manager.refresh();
        await send('/second');
        same(commonNamesOf(server), ['client-1', 'client-2']);
      },
    ),
  ),

  scene('closes idle connections of the old certificate', certified, async (theatre) => {
    const { server, source, manager, send } = await theatre.stage();
    source.change = theatre.certificateFor;
    await send('/first');
    await manager.refresh();
    await until('no connection is open', () => server.connections.open === 0, theatre.limitMs);
  }),

  scene('finishes requests in flight on the old certificate', certified, async (theatre) => {
    const { slow, finish } = await rotateDuringRequest(theatre);
    finish();
    equal((await slow).status, 200);
  }),

  scene('drains a busy connection of the old certificate', certified, async (theatre) => {
    const { server, slow, finish } = await rotateDuringRequest(theatre);
    finish();
    await slow.catch(() => {});
    await until(
      'the old connection is closed',
      () => !server.connections.isOpen(1),
      theatre.limitMs,
    );
  }),

  scene(
    'serves a request that is queued behind a drained connection',
    certified,
    async (theatre) => {
      const { queued, manager, send, finish } = await rotateDuringRequest(theatre, {
        queue: ['/a', '/b'],
        maxSockets: 1,
      });
      finish();
      for (const answer of queued) equal((await answer).status, 200);
      equal((await send('/last')).status, 200);
      equal(manager.stats().certificateRotations, 1);
    },
  ),

  scene(
    'opens no connection when only the token rotates',
    [...certified, 'keepsConnections'],
    async (theatre) => {
      const { server, source, manager, send } = await theatre.stage();
      source.change = () => theatre.certificateFor(1);
      for (let rotation = 0; rotation < 3; rotation += 1) {
        equal((await send('/same')).status, 200);
        await manager.refresh();
      }
      equal(manager.stats().generation, 4);
      equal(server.connections.opened, 1);
    },
  ),

  scene(
    'respects maxSockets while many wait for the first credential',
    [...certified, 'keepsConnections'],
    async (at) => {
      const { server, sendMany } = await at.stage({ bind: { maxSockets: 2 } });
      same(await sendMany(20), { 200: 20 });
      ok(server.connections.opened <= 2, `${server.connections.opened} connections`);
    },
  ),

  scene(
    'takes the TLS alert that refuses a certificate for a refusal',
    ['clientCertificate', 'replay'],
    async (at) => {
      const { server, source, send } = await at.stage({ server: refusingByAlert });
      source.change = (run) => (run === 1 ? {} : at.certificateFor(run));
      equal((await send('/alerted', { body: { kind: 'json', value: {} } })).status, 200);
      same(commonNamesOf(server), ['client-2']);
      equal(source.runs, 2);
    },
  ),

  scene('passes the second such alert on', certified, async (theatre) => {
    const { source, send } = await theatre.stage({ server: refusingByAlert });
    const error = await rejection('a request without certificate', send('/a'), theatre.limitMs);
    ok(isCertificateRefusal(error), 'The error is not the alert.');
    ok(source.runs <= 2, `${source.runs} loads`);
  }),
];

const refusingByAlert: TestApiServerOptions = {
  clientCertificate: 'require',
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
};

interface RotationDuringRequest<Client> extends Stage<Client> {
  readonly slow: Promise<SceneAnswer>;
  /** What was sent after it and before the rotation. */
  readonly queued: readonly Promise<SceneAnswer>[];
  /** Lets the server answer. */
  finish(): void;
}

/** A stage whose certificate has rotated while `/slow`, and what was queued behind it, waits for an answer. */
async function rotateDuringRequest<Client>(
  theatre: Theatre<Client>,
  options: { readonly queue?: readonly string[]; readonly maxSockets?: number } = {},
): Promise<RotationDuringRequest<Client>> {
  let finish = (): void => {};
  const { queue = [], maxSockets = 64 } = options;
  const stage = await theatre.stage({
    bind: { maxSockets },
    server: {
      respond: (request, response) => {
        if (request.url === '/slow') finish = () => response.end('{}');
        else response.end('{}');
      },
    },
  });
  stage.source.change = theatre.certificateFor;
  const slow = stage.send('/slow');
  await until('the request has arrived', () => stage.server.requests.length === 1, theatre.limitMs);
  const queued = queue.map((path) => stage.send(path));
  await stage.manager.refresh();
  return { ...stage, slow, queued, finish: () => finish() };
}

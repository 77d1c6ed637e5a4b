import { equal } from 'node:assert/strict';
import type { CredentialError } from '@keyturn/core';
import { until } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Theatre } from './theatre.js';

/** What a binding does when its manager closes, and how it keeps a source from waiting for itself. */
export const closingScenes: readonly Scene[] = [
  scene('finishes a request in flight when the manager closes', [], async (theatre) => {
    let finish = (): void => {};
    const { server, manager, send } = await theatre.stage({
      server: {
        respond: (_, response) => {
          finish = () => response.end('{}');
        },
      },
    });
    const slow = send('/slow');
    await until('the request has arrived', () => server.requests.length === 1, theatre.limitMs);
    await manager.close();
    finish();
    equal((await slow).status, 200);
  }),

  scene(
    'closes its idle connections when the manager closes',
    ['clientCertificate'],
    async (theatre) => {
      const { server, source, manager, send } = await theatre.stage();
      source.change = theatre.certificateFor;
      await send('/first');
      await manager.close();
      await until('no connection is open', () => server.connections.open === 0, theatre.limitMs);
    },
  ),

  scene(
    'fails a source that asks through its own client, and waits for nothing',
    [],
    async (at) => {
      equal(await failureOfSource(at, 1), 'ERR_SOURCE_RECURSION');
    },
  ),

  scene(
    'fails a source that asks through its own client behind a refused token',
    ['token', 'replay'],
    async (theatre) => {
      equal(await failureOfSource(theatre, 2), 'ERR_SOURCE_RECURSION');
    },
  ),
];

/** The code that a source gets for a request of its own through the client that it feeds, in the load of that number. */
async function failureOfSource<Client>(
  theatre: Theatre<Client>,
  load: number,
): Promise<string | undefined> {
  const { source, send } = await theatre.stage({ server: { authorize: () => false } });
  let code: string | undefined;
  source.change = async (run) => {
    if (run !== load) return {};
    await send('/own').catch((error: CredentialError) => {
      ({ code } = error);
    });
    return {};
  };
  const request = send('/first');
  await until('the source has its answer', () => code !== undefined, theatre.limitMs);
  await request;
  return code;
}

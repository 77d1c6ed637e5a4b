import { equal, match, deepEqual as same } from 'node:assert/strict';
import { CredentialError, isCredentialError } from '@keyturn/core';
import { controlledSource } from '../controlled-source.js';
import { hourMs, inTime, rejection, tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Theatre } from './theatre.js';

export const waitingScenes: readonly Scene[] = [
  scene('lets no request wait while the credential is due', ['token'], async (theatre) => {
    const source = controlledSource();
    const { clock, server, send } = await theatre.stage({ source });
    const { limitMs } = theatre;
    const first = send('/first');
    const held = { token: 'held', expiresAt: clock.now() + hourMs };
    (await inTime('a first load', source.nextLoad(), limitMs)).succeed(held);
    await first;
    await clock.advance(hourMs - 60_000);
    // The background load is not answered before all of these are.
    for (const path of ['/due', '/still-due']) {
      equal((await inTime(`the answer to ${path}`, send(path), limitMs)).status, 200);
    }
    same(tokensOf(server), ['held', 'held', 'held']);
    equal(source.loads.length, 2);
    source.loads[1]?.succeed(held);
  }),

  scene('lets a source failure through with its code', [], async (theatre) => {
    const { server, source, send } = await theatre.stage();
    source.change = () => {
      throw new CredentialError('ERR_EXEC_EXIT', 'Executable "plugin" exited with code 1.');
    };
    const error = await rejection('a request without credential', send('/fails'), theatre.limitMs);
    equal(isCredentialError(error), true);
    equal((error as CredentialError).code, 'ERR_EXEC_EXIT');
    equal(server.requests.length, 0);
  }),

  scene('succeeds with the next request after a source failure', [], async (theatre) => {
    const { clock, source, send } = await theatre.stage();
    source.change = () => {
      throw new Error('not now');
    };
    await rejection('a request without credential', send('/fails'), theatre.limitMs);
    source.change = () => ({});
    const next = send('/next');
    // The pause after a failure ends whether the request is waiting for it already or not.
    const ticking = tick(() => clock.advance(1_000));
    try {
      equal((await inTime('the next request', next, theatre.limitMs)).status, 200);
    } finally {
      ticking.stop();
    }
  }),

  scene('says that the manager is closed, and sends nothing', [], async (theatre) => {
    const { server, manager, send } = await theatre.stage();
    await manager.close();
    const error = await rejection('a request without manager', send('/closed'), theatre.limitMs);
    equal((error as CredentialError).code, 'ERR_MANAGER_CLOSED');
    equal(server.requests.length, 0);
  }),

  scene(
    "honours one caller's abort while waiting, and another on the same load succeeds",
    [],
    abortOneOfTwo,
  ),

  scene(
    "honours the caller's abort while the next token is on its way",
    ['token', 'replay'],
    abortReplay,
  ),

  scene("respects the client's timeout while waiting", [], async (theatre) => {
    const source = controlledSource();
    const { send } = await theatre.stage({ source });
    const slow = send('/slow', { timeoutMs: 20 });
    // Nothing but the timeout can settle it: the load is not answered.
    const error = await rejection('a request over its time', slow, theatre.limitMs);
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    match(`${name} ${code} ${message}`, /time|deadline/i);
    for (const load of source.loads) load.succeed({ token: 'late' });
  }),
];

async function abortOneOfTwo<Client>(theatre: Theatre<Client>): Promise<void> {
  const source = controlledSource();
  const { server, send } = await theatre.stage({ source });
  const abort = new AbortController();
  const impatient = send('/impatient', { signal: abort.signal });
  const patient = send('/patient');
  const load = await inTime('a load', source.nextLoad(), theatre.limitMs);
  abort.abort();
  // Nothing but the abort can settle it: the load has not been answered yet.
  await rejection('an aborted request', impatient, theatre.limitMs);
  load.succeed({ token: 'late' });
  equal((await inTime('the other request', patient, theatre.limitMs)).status, 200);
  same(
    server.requests.map(({ path }) => path),
    ['/patient'],
  );
}

async function abortReplay<Client>(theatre: Theatre<Client>): Promise<void> {
  const source = controlledSource();
  const { send } = await theatre.stage({ source, server: { authorize: () => false } });
  const abort = new AbortController();
  const impatient = send('/impatient', { signal: abort.signal });
  const { limitMs } = theatre;
  (await inTime('a first load', source.nextLoad(), limitMs)).succeed({ token: 'refused' });
  const second = await inTime('a second load', source.nextLoad(), limitMs);
  abort.abort();
  await rejection('an aborted request', impatient, limitMs);
  second.succeed({ token: 'late' });
}

/** Does `step` again and again until it is stopped. */
function tick(step: () => Promise<void>): { stop(): void } {
  let running = true;
  const loop = async (): Promise<void> => {
    while (running) await step();
  };
  loop().catch(() => {});
  return {
    stop: () => {
      running = false;
    },
  };
}

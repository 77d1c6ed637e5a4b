import { doesNotMatch, equal, notEqual, deepEqual as same } from 'node:assert/strict';
import { controlledSource } from '../controlled-source.js';
import { polluted } from '../polluted.js';
import type { RecordedRequest } from '../server/recorded-request.js';
import type { SceneBody } from './binding-under-test.js';
import { acceptOnly, inTime, tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { RequestDetails, Theatre } from './theatre.js';

/** A body that says "judged", and what makes it say something else. */
interface ChangeableBody {
  readonly body: SceneBody;
  change(): void;
}

const bodies: readonly (() => ChangeableBody)[] = [
  () => {
    const value = Buffer.from('judged');
    return { body: { kind: 'bytes', value }, change: () => value.fill('x') };
  },
  () => {
    const value = { says: 'judged' };
    return { body: { kind: 'json', value }, change: () => Object.assign(value, { says: 'other' }) };
  },
  () => {
    const value = new URLSearchParams({ says: 'judged' });
    return { body: { kind: 'params', value }, change: () => value.set('says', 'other') };
  },
  () => {
    const value = new FormData();
    value.set('says', 'judged');
    return { body: { kind: 'form', value }, change: () => value.set('says', 'other') };
  },
];

export const snapshotScenes: readonly Scene[] = [
  scene(
    'sends the headers of the call, whatever the caller does to them while it waits',
    ['token', 'replay'],
    async (theatre) => {
      const headers: Record<string, string> = { 'X-Says': 'judged' };
      const change = (): void => {
        Object.assign(headers, { 'X-Says': 'other', Authorization: 'Bearer other' });
      };
      const seen = await changeWhileItWaits(theatre, { headers }, change);
      for (const { headers: sent } of seen) equal(sent['x-says'], 'judged');
    },
  ),

  ...bodies.map((make) =>
    scene(
      `sends the body of the call, whatever the caller does to it while it waits: ${make().body.kind}`,
      ['token', 'replay', 'bodies'],
      async (theatre) => {
        const { body, change } = make();
        const seen = await changeWhileItWaits(theatre, { body }, change);
        for (const { body: sent } of seen) notEqual(String(sent), '');
      },
    ),
  ),

  scene(
    'takes nothing that stands on Object.prototype for an option',
    ['token'],
    async (theatre) => {
      const elsewhere = await theatre.startServer();
      const { server, send } = await theatre.stage();
      await send('/before');
      const values: Record<string, unknown> = {
        baseURL: elsewhere.url,
        origin: elsewhere.url,
        authorization: 'Bearer other',
        socketPath: '/nowhere',
        rejectUnauthorized: false,
      };
      for (const name of theatre.adapter.stumblesOver ?? []) Reflect.deleteProperty(values, name);
      // Clean again before it waits for anything: everything else in the process would read them, too.
      const sent = polluted(values, () => send('/judged'));
      equal((await inTime('the answer', sent, theatre.limitMs)).status, 200);
      same(tokensOf(server), ['token-1', 'token-1']);
      equal(elsewhere.requests.length, 0);
    },
  ),
];

/** Sends a request, refuses it once, and has the caller change something in both waits. Returns both sendings. */
async function changeWhileItWaits<Client>(
  theatre: Theatre<Client>,
  details: RequestDetails,
  change: () => void,
): Promise<readonly RecordedRequest[]> {
  const { limitMs } = theatre;
  const source = controlledSource();
  const { server, send } = await theatre.stage({
    source,
    server: { authorize: acceptOnly('second') },
  });
  const sent = send('/judged', details);
  for (const token of ['first', 'second']) {
    const load = await inTime(`the load of the ${token} token`, source.nextLoad(), limitMs);
    change();
    load.succeed({ token });
  }
  equal((await inTime('the answer', sent, limitMs)).status, 200);
  same(tokensOf(server), ['first', 'second']);
  for (const { body } of server.requests) doesNotMatch(String(body), /other|xxxxxx/);
  return server.requests;
}

import { equal, notEqual, deepEqual as same } from 'node:assert/strict';
import type { RecordedRequest } from '../server/recorded-request.js';
import type { SceneBody } from './binding-under-test.js';
import { acceptOnly, tokensOf } from './expectations.js';
import { type Scene, scene } from './scene.js';

const bodies: readonly (() => SceneBody)[] = [
  () => ({ kind: 'json', value: { some: 'json' } }),
  () => ({ kind: 'text', value: 'some text' }),
  () => ({ kind: 'bytes', value: Buffer.from([0, 1, 2, 253, 254, 255]) }),
  () => ({ kind: 'params', value: new URLSearchParams({ a: '1', b: 'two words' }) }),
  () => ({ kind: 'form', value: someForm() }),
];

const streamed = 'passes the refusal of a stream on, and the next request carries a new token';

export const bodyScenes: readonly Scene[] = [
  ...bodies.map((makeBody) =>
    scene(
      `replays the body intact: ${makeBody().kind}`,
      ['token', 'replay', 'bodies'],
      async (theatre) => {
        const { server, send } = await theatre.stage({
          server: { authorize: acceptOnly('token-2') },
        });
        equal((await send('/posted', { body: makeBody() })).status, 200);
        const [first, second, ...more] = server.requests.map(withoutBoundary);
        notEqual(first?.body, '');
        same(second, first);
        same(more, []);
      },
    ),
  ),

  scene(streamed, ['token', 'bodies'], async (theatre) => {
    const { server, send } = await theatre.stage({ server: { authorize: acceptOnly('token-2') } });
    const body: SceneBody = { kind: 'stream', value: chunks() };
    equal((await send('/streamed', { body })).status, 401);
    equal((await send('/next')).status, 200);
    same(tokensOf(server), ['token-1', 'token-2']);
    equal(String(server.requests[0]?.body), 'onetwo');
  }),
];

function someForm(): FormData {
  const form = new FormData();
  form.set('field', 'value');
  form.set('file', new Blob(['contents of a file']), 'file.txt');
  return form;
}

async function* chunks(): AsyncGenerator<Buffer> {
  yield Buffer.from('one');
  yield Buffer.from('two');
}

/** A form has a boundary that may be another one in each attempt. */
function withoutBoundary({ body, headers }: RecordedRequest): { body: string; type: string } {
  const type = headers['content-type'] ?? '';
  const [, boundary = ''] = /boundary=(.+)$/.exec(type) ?? [];
  const strip = (text: string): string =>
    boundary === '' ? text : text.replaceAll(boundary, 'BOUNDARY');
  return { body: strip(body.toString('latin1')), type: strip(type) };
}

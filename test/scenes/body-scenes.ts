import type { RecordedRequest } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { acceptOnly, setStage } from './stage.js';
import type { SceneBody, Subject } from './subject.js';

export function bodyScenes<Client>(subject: Subject<Client>): void {
  const form = new FormData();
  form.set('field', 'value');
  form.set('file', new Blob(['contents of a file']), 'file.txt');
  const bodies: readonly SceneBody[] = [
    { kind: 'json', value: { some: 'json' } },
    { kind: 'text', value: 'some text' },
    { kind: 'bytes', value: Buffer.from([0, 1, 2, 253, 254, 255]) },
    { kind: 'params', value: new URLSearchParams({ a: '1', b: 'two words' }) },
    { kind: 'form', value: form },
  ];
  it.each(bodies)('replays a body of $kind whole', async (body) => {
    const { server, send } = await setStage(subject, {
      server: { authorize: acceptOnly('token-2') },
    });
    expect((await send('/posted', { body })).status).toBe(200);
    const [first, second] = server.requests.map(withoutBoundary);
    expect(first?.body.length).toBeGreaterThan(0);
    expect(second).toEqual(first);
    expect(server.requests).toHaveLength(2);
  });

  it('passes the refusal of a stream on, and the next request carries a new token', async () => {
    const { server, send } = await setStage(subject, {
      server: { authorize: acceptOnly('token-2') },
    });
    const body: SceneBody = { kind: 'stream', value: chunks() };
    expect((await send('/streamed', { body })).status).toBe(401);
    expect((await send('/next')).status).toBe(200);
    expect(server.requests.map(({ token, body: sent }) => [token, String(sent)])).toEqual([
      ['token-1', 'onetwo'],
      ['token-2', ''],
    ]);
  });
}

async function* chunks(): AsyncGenerator<Buffer> {
  yield Buffer.from('one');
  yield Buffer.from('two');
}

function withoutBoundary({ body, headers }: RecordedRequest): { body: string; type: string } {
  const type = headers['content-type'] ?? '';
  const [, boundary = ''] = /boundary=(.+)$/.exec(type) ?? [];
  const strip = (text: string): string =>
    boundary === '' ? text : text.replaceAll(boundary, 'BOUNDARY');
  return { body: strip(body.toString('latin1')), type: strip(type) };
}

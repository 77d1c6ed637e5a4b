import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { echo, type NotesClient, numberedSource, type RecordedCall, scene } from '../test/scene.js';

const numberIn = (name: string | undefined): number => Number(name?.split('-')[1]);

it('presents the new certificate on a new connection after a rotation', async () => {
  await using at = await scene(numberedSource());
  const before = await echo(at.client);
  await at.manager.refresh();
  const after = await echo(at.client);
  expect([before.commonName, after.commonName]).toEqual(['client-1', 'client-2']);
  expect(after.peer).not.toBe(before.peer);
});

it('opens no connection when only the token rotates', async () => {
  await using at = await scene(numberedSource('token'));
  const answers: RecordedCall[] = [];
  for (let count = 0; count < 5; count += 1) {
    answers.push(await echo(at.client));
    await at.manager.refresh();
  }
  expect(answers.map(({ token }) => token)).toEqual([1, 2, 3, 4, 5].map((n) => `token-${n}`));
  expect(new Set(answers.map(({ peer }) => peer)).size).toBe(1);
});

it('lets a unary call and a server stream end on the old certificate', async () => {
  await using at = await scene(numberedSource());
  const unary = echo(at.client, { held: true });
  const releaseUnary = await at.server.nextHeld();
  const watch = at.client.watch({ text: 'watch', held: true });
  const messages: RecordedCall[] = [];
  watch.on('data', (message: RecordedCall) => messages.push(message));
  const releaseWatch = await at.server.nextHeld();
  await at.manager.refresh();
  expect(await echo(at.client)).toMatchObject({ commonName: 'client-2' });
  const ended = once(watch, 'end');
  releaseUnary();
  releaseWatch();
  await ended;
  expect((await unary).commonName).toBe('client-1');
  expect(messages.map(({ commonName }) => commonName)).toEqual(['client-1', 'client-1']);
});

it('closes the old connection after its last call, and leaves no other behind', async () => {
  await using at = await scene(numberedSource());
  const unary = echo(at.client, { held: true });
  const release = await at.server.nextHeld();
  await at.manager.refresh();
  await echo(at.client);
  expect(at.server.connections.size).toBe(2);
  release();
  await unary;
  await expect.poll(() => at.server.connections.size).toBe(1);
  expect(await echo(at.client)).toMatchObject({ commonName: 'client-2' });
});

it('loses no call that is queued on a connection still being made when the certificate rotates', async () => {
  await using at = await scene(numberedSource());
  await at.manager.current();
  const queued = Array.from({ length: 20 }, () => echo(at.client));
  await at.manager.refresh();
  const answers = await Promise.all(queued);
  expect(answers).toHaveLength(20);
  // A token may be bound to the certificate that it came with (RFC 8705).
  for (const { token, commonName } of answers) {
    expect(token).toBe(commonName?.replace('client', 'token'));
  }
});

it('cuts a call after drainTimeoutMs, and says why', async () => {
  await using at = await scene(numberedSource(), { drainTimeoutMs: 20 });
  const unary = echo(at.client, { held: true });
  await at.server.nextHeld();
  const watch = at.client.watch({ text: 'watch', held: true });
  await once(watch, 'data');
  const failed = once(watch, 'error');
  await at.manager.refresh();
  const cut = {
    code: status.UNAVAILABLE,
    details: expect.stringContaining('ERR_CONNECTION_DRAINED'),
    cause: { code: 'ERR_CONNECTION_DRAINED' },
  };
  expect((await failed)[0]).toMatchObject(cut);
  await expect(unary).rejects.toMatchObject(cut);
});

it('cuts a call after drainTimeoutMs, though another of the same connection has ended', async () => {
  await using at = await scene(numberedSource(), { drainTimeoutMs: 20 });
  const ended = echo(at.client, { held: true });
  const release = await at.server.nextHeld();
  const left = echo(at.client, { held: true });
  await at.server.nextHeld();
  release();
  expect(await ended).toMatchObject({ commonName: 'client-1' });
  await at.manager.refresh();
  await expect(left).rejects.toMatchObject({ cause: { code: 'ERR_CONNECTION_DRAINED' } });
});

it('fails nothing and answers nothing with an old identity while the certificate rotates under load', async () => {
  await using at = await scene(numberedSource());
  const { certificateGeneration: first } = await at.manager.current();
  let isOver = false;
  let stale = 0;
  let calls = 0;
  const work = async (client: NotesClient, worker: number): Promise<void> => {
    while (!isOver) {
      const atLeast = at.manager.peek()?.certificateGeneration ?? first;
      const names = worker % 4 === 0 ? await watched(client) : [(await echo(client)).commonName];
      calls += 1;
      if (names.some((name) => numberIn(name) < atLeast)) stale += 1;
    }
  };
  const workers = Array.from({ length: 16 }, (_, worker) => work(at.client, worker));
  for (let rotation = 1; rotation <= 30; rotation += 1) {
    while (calls < 10 * rotation) await delay(1);
    await at.manager.refresh();
  }
  isOver = true;
  await Promise.all(workers);
  expect(stale).toBe(0);
  expect(at.manager.stats().certificateRotations).toBe(30);
  // The load may have ended before anything was sent with the newest certificate.
  expect(await echo(at.client)).toMatchObject({ commonName: 'client-31' });
  await expect.poll(() => at.server.connections.size).toBe(1);
});

async function watched(client: NotesClient): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = [];
  for await (const { commonName } of client.watch({ text: 'watch' })) names.push(commonName);
  return names;
}

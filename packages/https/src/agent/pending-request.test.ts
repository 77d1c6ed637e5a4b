import { once } from 'node:events';
import https from 'node:https';
import { createCredentialManager } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { expect, it, vi } from 'vitest';
import { read, startServer } from '../../test/scene.js';
import { CredentialAgent } from './credential-agent.js';

/** A server, and an agent whose source answers when the test says so. */
async function scene(agentOptions: https.AgentOptions = {}) {
  const server = await startServer();
  const source = controlledSource();
  const manager = createCredentialManager({ source });
  const agent = new CredentialAgent(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    agent: agentOptions,
  });
  return {
    server,
    source,
    agent,
    get: (options: https.RequestOptions = {}) => https.get(server.url, { agent, ...options }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await manager.close();
      await server.close();
    },
  };
}

it('ends at once when its signal is aborted', async () => {
  await using at = await scene();
  const controller = new AbortController();
  const request = at.get({ signal: controller.signal });
  const closed = once(request, 'close');
  const failed = once(request, 'error').catch((error) => [error]);
  controller.abort();
  expect((await failed)[0]).toMatchObject({ code: 'ABORT_ERR' });
  await closed.catch(() => {});
  expect(request.destroyed).toBe(true);
});

it('ends at once when it is destroyed, with one error and one close', async () => {
  await using at = await scene();
  const request = at.get();
  const events: string[] = [];
  request.on('error', ({ message }) => events.push(message));
  const closed = new Promise((resolve) => request.on('close', () => resolve(events.push('close'))));
  request.destroy(new Error('enough'));
  await closed;
  (await at.source.nextLoad()).succeed({ token: 'late' });
  await new Promise(setImmediate);
  expect(events).toEqual(['enough', 'close']);
  expect(at.agent.connections.opened).toBe(0);
});

it('hangs up when it is destroyed without a reason', async () => {
  await using at = await scene();
  const request = at.get();
  const failed = once(request, 'error').catch((error) => [error]);
  request.destroy();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
});

it('tells of its timeout', async () => {
  await using at = await scene();
  await once(
    at.get({ timeout: 5 }).on('error', () => {}),
    'timeout',
  );
  await once(
    at
      .get()
      .setTimeout(5)
      .on('error', () => {}),
    'timeout',
  );
});

it('tells of the timeout of the agent', async () => {
  await using at = await scene({ timeout: 5 });
  await once(
    at.get().on('error', () => {}),
    'timeout',
  );
});

it('keeps Node’s own timeout once it has been sent', async () => {
  await using at = await scene();
  const request = at.get({ timeout: 60_000 });
  (await at.source.nextLoad()).succeed({ token: 'one' });
  const [response] = await once(request, 'response');
  expect(request.socket?.timeout).toBe(60_000);
  expect(Object.keys(request)).not.toContain('destroy');
  await read(response);
});

it('has no timer of the wait left once it has been sent', async () => {
  await using at = await scene();
  const begun = vi.spyOn(globalThis, 'setTimeout');
  const ended = vi.spyOn(globalThis, 'clearTimeout');
  const request = at.get({ timeout: 61_234 });
  const timer = begun.mock.results[begun.mock.calls.findIndex(([, delayMs]) => delayMs === 61_234)];
  (await at.source.nextLoad()).succeed({ token: 'one' });
  await read((await once(request, 'response'))[0]);
  expect(ended).toHaveBeenCalledWith(timer?.value);
});

it('is forgotten by the agent when its wait is over, however it has ended', async () => {
  await using at = await scene();
  const failed = at.get();
  const failure = once(failed, 'error').catch(() => {});
  (await at.source.nextLoad()).fail(new Error('no'));
  await failure;
  const sent = at.get();
  (await at.source.nextLoad()).succeed({ token: 'one' });
  await read((await once(sent, 'response'))[0]);
  const destroyed = [failed, sent].map((request) => vi.spyOn(request, 'destroy'));
  at.agent.destroy();
  for (const destroy of destroyed) expect(destroy).not.toHaveBeenCalled();
});

it('takes no connection while it waits, and respects maxSockets afterwards', async () => {
  await using at = await scene({ maxSockets: 2 });
  const requests = Array.from({ length: 10 }, () => at.get());
  const answers = requests.map(async (request) => read((await once(request, 'response'))[0]));
  const load = await at.source.nextLoad();
  expect(at.agent.connections.opened).toBe(0);
  load.succeed({ token: 'one' });
  expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
  expect(at.server.connections.opened).toBe(2);
});

it('fails when the agent is destroyed', async () => {
  await using at = await scene();
  const failed = once(at.get(), 'error').catch((error) => [error]);
  at.agent.destroy();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
});

it('fails with the failure of the source', async () => {
  await using at = await scene();
  const request = at.get();
  const failed = once(request, 'error').catch((error) => [error]);
  (await at.source.nextLoad()).fail(new Error('no secret for anyone'));
  expect((await failed)[0]).toMatchObject({ code: 'ERR_SOURCE_FAILED' });
  expect(request.destroyed).toBe(true);
});

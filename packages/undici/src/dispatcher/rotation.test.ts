import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import type { CredentialManager } from '@keyturn/core';
import type { RecordedRequest, TestApiServer } from '@keyturn/testkit';
import { request, fetch as undiciFetch } from 'undici';
import { describe, expect, it } from 'vitest';
import { keepTlsSessions } from '../../../../test/keep-tls-sessions.js';
import { handlerKinds, numberedSource, send, setStage } from '../../test/stage.js';
import { bindFetch, type CredentialDispatcher } from '../index.js';

/** Says who asked, and takes its time for every third request. */
async function tellName(
  _request: IncomingMessage,
  response: ServerResponse,
  { path, commonName }: RecordedRequest,
): Promise<void> {
  response.write(`${commonName} `);
  if (path.endsWith('slow')) await pause(10);
  response.end(path);
}

/** Sends from 16 workers, and replaces the credential after every ten answers, thirty times. */
async function rotateUnderLoad(
  manager: CredentialManager,
  sendTo: (path: string) => Promise<string>,
): Promise<void> {
  let current = 1;
  let answered = 0;
  const worker = async (number: number): Promise<void> => {
    for (let sent = 0; current < 31; sent += 1) {
      const atStart = current;
      const path = `/${number}-${sent}${sent % 3 === 0 ? 'slow' : ''}`;
      const body = await sendTo(path);
      expect(body.endsWith(path)).toBe(true);
      const [, seen = '0'] = /^client-(\d+)/.exec(body) ?? [];
      expect(Number(seen)).toBeGreaterThanOrEqual(atStart);
      answered += 1;
    }
  };
  const workers = Array.from({ length: 16 }, (_, number) => worker(number));
  const rotate = async (): Promise<void> => {
    for (; current < 31; current += 1) {
      while (answered < current * 10) await pause(1);
      await manager.refresh();
    }
  };
  await Promise.all([...workers, rotate()]);
}

async function expectFewSockets({ connections, requests }: TestApiServer): Promise<void> {
  expect(requests.every(({ status }) => status === 200)).toBe(true);
  await expect.poll(() => connections.open).toBeLessThanOrEqual(16);
}

/** A server that never ends its answers to `/watch`. */
const watched = {
  respond: (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/watch') response.write('the beginning');
    else response.end('whole');
  },
};

const load = { server: { clientCertificate: 'require', respond: tellName } } as const;

describe('while the certificate rotates under load', () => {
  it.each(handlerKinds)(
    'handlers of %s kind lose nothing and see no old identity',
    async (_, through) => {
      const { server, manager, dispatcher } = await setStage({
        ...load,
        agent: { connections: 16 },
      });
      await dispatcher.ready();
      const client = through(dispatcher);
      await rotateUnderLoad(manager, async (path) => (await send(client, server.url + path)).body);
      expect(manager.stats().certificateRotations).toBe(30);
      await expectFewSockets(server);
    },
  );

  it.each([
    ['the global', globalThis.fetch],
    ["undici's", undiciFetch as unknown as typeof globalThis.fetch],
  ] as const)('%s fetch loses nothing and sees no old identity', async (_, fetch) => {
    const { server, manager } = await setStage(load);
    await manager.current();
    const { client, unbind } = bindFetch(fetch, manager, {
      origins: [server.url],
      tls: { ca: server.ca },
      agent: { connections: 16 },
    });
    await rotateUnderLoad(manager, async (path) => (await client(server.url + path)).text());
    unbind();
    await expectFewSockets(server);
  });
});

it('opens no connection when only the token rotates', async () => {
  const { server, manager, dispatcher } = await setStage({ source: numberedSource('token') });
  for (let rotation = 0; rotation < 5; rotation += 1) {
    await send(dispatcher, server.url);
    await turn();
    await manager.refresh();
  }
  expect(server.requests.map(({ token }) => token)).toEqual(
    [1, 2, 3, 4, 5].map((run) => `token-${run}`),
  );
  expect(server.connections.opened).toBe(1);
});

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'resumes the TLS session of its own certificate only: %s',
  async (version) => {
    keepTlsSessions();
    const { server, manager, dispatcher } = await setStage({
      server: {
        ...watched,
        minVersion: version,
        maxVersion: version,
        clientCertificate: 'require',
      },
    });
    for (let generation = 1; generation <= 3; generation += 1) {
      // undici forgets the sessions of a server with the last connection to it: this one stays. The server gives its
      // tickets before it answers.
      const { body } = await request(`${server.url}/watch`, { dispatcher });
      body.on('error', () => {});
      await send(dispatcher, server.url);
      await manager.refresh();
    }
    expect(server.requests.map(({ commonName, resumed }) => [commonName, resumed])).toEqual([
      ['client-1', false],
      ['client-1', true],
      ['client-2', false],
      ['client-2', true],
      ['client-3', false],
      ['client-3', true],
    ]);
  },
);

it('closes idle connections of the old certificate at once, and tells those who listen', async () => {
  const messages: unknown[] = [];
  const listener = (message: unknown): void => {
    messages.push(message);
  };
  subscribe('keyturn:drained', listener);
  try {
    const { server, manager, dispatcher } = await setStage();
    await send(dispatcher, server.url);
    await manager.refresh();
    await expect.poll(() => server.connections.open).toBe(0);
    await expect.poll(() => messages.length).toBe(1);
    expect(messages).toEqual([{ closed: 1, certificateGeneration: 1, cut: false }]);
  } finally {
    unsubscribe('keyturn:drained', listener);
  }
});

describe('drainTimeoutMs', () => {
  it.each(handlerKinds)(
    'cuts a watch with handlers of %s kind, and says why',
    async (_, through) => {
      const { server, manager, dispatcher } = await setStage({
        drainTimeoutMs: 10,
        server: watched,
      });
      const watch = send(through(dispatcher), `${server.url}/watch`);
      await expect.poll(() => server.requests.length).toBe(1);
      const cut = expect(watch).rejects.toMatchObject({ code: 'ERR_CONNECTION_DRAINED' });
      await manager.refresh();
      await cut;
      await expect.poll(() => server.connections.open).toBe(0);
      expect((await send(through(dispatcher), server.url)).body).toBe('whole');
    },
  );

  it('cuts a watch of fetch, and says why in the cause', async () => {
    const { server, manager } = await setStage({ server: watched });
    const { client, unbind } = bindFetch(globalThis.fetch, manager, {
      origins: [server.url],
      tls: { ca: server.ca },
      drainTimeoutMs: 10,
    });
    const { body } = await client(`${server.url}/watch`);
    const reader = body?.getReader();
    await reader?.read();
    const cut = expect(reader?.read()).rejects.toMatchObject({
      cause: { code: 'ERR_CONNECTION_DRAINED' },
    });
    await manager.refresh();
    await cut;
    unbind();
  });

  it.each<[string, object, 'refresh' | 'unbind']>([
    ['where it is not given', {}, 'refresh'],
    ['for unbind()', { drainTimeoutMs: 1 }, 'unbind'],
  ])('cuts nothing %s', async (_, options, end) => {
    const { server, manager, dispatcher } = await setStage({ ...options, server: watched });
    let isOver = false;
    const watch = send(dispatcher, `${server.url}/watch`).finally(() => {
      isOver = true;
    });
    watch.catch(() => {});
    await expect.poll(() => server.requests.length).toBe(1);
    if (end === 'unbind') dispatcher.unbind();
    else await manager.refresh();
    await pause(50);
    expect(isOver).toBe(false);
  });
});

it('destroy() also ends what still runs on an old certificate', async () => {
  const { server, manager, dispatcher } = await setStage({ server: watched });
  const watch = send(dispatcher, `${server.url}/watch`);
  await expect.poll(() => server.requests.length).toBe(1);
  await manager.refresh();
  await send(dispatcher, server.url);
  const failed = expect(watch).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' });
  await dispatcher.destroy();
  await failed;
  await expect.poll(() => server.connections.open).toBe(0);
});

it('close() waits for what still runs on an old certificate', async () => {
  let answer = (): void => {};
  const { server, manager, dispatcher } = await setStage({
    server: {
      respond: (_request, response) => {
        answer = () => response.end('late');
      },
    },
  });
  const late = send(dispatcher, server.url);
  await expect.poll(() => server.requests.length).toBe(1);
  await manager.refresh();
  const closed = closing(dispatcher);
  await turn();
  expect(closed.isOver).toBe(false);
  answer();
  expect((await late).body).toBe('late');
  await closed.ended;
});

function closing(dispatcher: CredentialDispatcher): { isOver: boolean; ended: Promise<void> } {
  const state = {
    isOver: false,
    ended: dispatcher.close().then(() => {
      state.isOver = true;
    }),
  };
  return state;
}

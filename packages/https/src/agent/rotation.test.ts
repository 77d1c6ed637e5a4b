import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import tls from 'node:tls';
import { createCredentialManager } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { expect, it, vi } from 'vitest';
import { authority, numberedManager, read, startServer } from '../../test/scene.js';
import { CredentialAgent, type CredentialAgentOptions } from './credential-agent.js';

type ServerOptions = Parameters<typeof startServer>[0];

async function scene(
  options: Partial<CredentialAgentOptions> = {},
  serverOptions: ServerOptions = {},
  gives: 'token' | 'both' = 'both',
) {
  const server = await startServer(serverOptions);
  const { manager } = numberedManager(gives);
  const agent = new CredentialAgent(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  await agent.ready();
  return {
    server,
    manager,
    agent,
    open: () => https.get(server.url, { agent }),
    async get() {
      const [response] = await once(https.get(server.url, { agent }), 'response');
      return read(response);
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await manager.close();
      await server.close();
    },
  };
}

/** A server that answers `/slow` when the test says so. */
function heldAnswers(): {
  readonly respond: (request: IncomingMessage, response: ServerResponse) => void;
  readonly next: () => Promise<ServerResponse>;
} {
  const answers: ServerResponse[] = [];
  const waiting: ((response: ServerResponse) => void)[] = [];
  return {
    respond: (_request, response) => {
      const next = waiting.shift();
      if (next === undefined) answers.push(response);
      else next(response);
    },
    next: () => {
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

async function closedOn(request: ClientRequest): Promise<{ readonly closed: Promise<unknown> }> {
  const socket: Duplex = request.socket ?? ((await once(request, 'socket'))[0] as Duplex);
  return { closed: new Promise((resolve) => socket.once('close', resolve)) };
}

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'presents the new certificate after a rotation, even where a session could be resumed: %s',
  async (version) => {
    // Without keep-alive every request connects anew, and Node resumes the last session of the same pool name.
    await using at = await scene(
      { agent: { keepAlive: false } },
      { minVersion: version, maxVersion: version, clientCertificate: 'require' },
    );
    for (const rotate of [false, false, true, false, true]) {
      if (rotate) await at.manager.refresh();
      await at.get();
    }
    expect(at.server.requests.map(({ commonName, resumed }) => [commonName, resumed])).toEqual([
      ['client-1', false],
      ['client-1', true],
      ['client-2', false],
      ['client-2', true],
      ['client-3', false],
    ]);
  },
);

it('opens no connection when only the token rotates', async () => {
  await using at = await scene({}, {}, 'token');
  for (let count = 0; count < 5; count += 1) {
    await at.get();
    await at.manager.refresh();
  }
  expect(at.server.requests.map(({ token }) => token)).toEqual([
    'token-1',
    'token-2',
    'token-3',
    'token-4',
    'token-5',
  ]);
  expect(at.agent.connections).toEqual({ opened: 1, drained: 0 });
});

it('builds one secure context for each generation, not for each connection', async () => {
  await using at = await scene({ agent: { keepAlive: false } });
  const build = vi.spyOn(tls, 'createSecureContext');
  for (let count = 0; count < 3; count += 1) await at.get();
  expect(at.agent.connections.opened).toBe(3);
  await at.manager.refresh();
  for (let count = 0; count < 3; count += 1) await at.get();
  // One more for each was made, without an authority, when the certificate arrived.
  const forConnections = build.mock.calls.filter(([options]) => [options?.ca].flat().length > 0);
  expect(forConnections).toHaveLength(2);
});

it('closes idle connections of the old certificate at once', async () => {
  await using at = await scene();
  const request = at.open();
  const { closed } = await closedOn(request);
  await read((await once(request, 'response'))[0]);
  await turn();
  await at.manager.refresh();
  await closed;
  expect(at.agent.connections).toEqual({ opened: 1, drained: 1 });
  expect(Object.keys(at.agent.freeSockets)).toEqual([]);
});

it('lets a busy connection finish on the old certificate, and closes it then', async () => {
  const held = heldAnswers();
  await using at = await scene({}, { respond: held.respond });
  const request = at.open();
  const { closed } = await closedOn(request);
  const answered = once(request, 'response');
  const answer = await held.next();
  await at.manager.refresh();
  answer.end('from the old one');
  expect((await read((await answered)[0])).body).toBe('from the old one');
  await closed;
  expect(at.server.requests[0]?.commonName).toBe('client-1');
  expect(at.agent.connections.drained).toBe(1);
});

it('cuts a busy connection after drainTimeoutMs, and says why', async () => {
  const held = heldAnswers();
  await using at = await scene({ drainTimeoutMs: 10 }, { respond: held.respond });
  const request = at.open();
  const requestFailed = new Promise((resolve) => request.once('error', resolve));
  const answered = once(request, 'response');
  (await held.next()).write('the beginning');
  const [response] = await answered;
  const reading = read(response).catch((error) => error);
  await at.manager.refresh();
  expect(await reading).toMatchObject({ code: 'ERR_CONNECTION_DRAINED' });
  expect(await requestFailed).toMatchObject({ code: 'ERR_CONNECTION_DRAINED' });
});

it('waits for no cut any more when the agent is destroyed', async () => {
  await using at = await scene({ drainTimeoutMs: 61_234 });
  const begun = vi.spyOn(globalThis, 'setTimeout');
  const ended = vi.spyOn(globalThis, 'clearTimeout');
  await at.manager.refresh();
  const timer = begun.mock.results[begun.mock.calls.findIndex(([, delayMs]) => delayMs === 61_234)];
  at.agent.destroy();
  expect(timer).toBeDefined();
  expect(ended).toHaveBeenCalledWith(timer?.value);
});

it('cuts nothing that was made with the new certificate', async () => {
  const held = heldAnswers();
  await using at = await scene({ drainTimeoutMs: 1 }, { respond: held.respond });
  const old = at.open();
  const oldFailed = new Promise((resolve) => old.once('error', resolve));
  await held.next();
  await at.manager.refresh();
  const answered = once(at.open(), 'response');
  const answer = await held.next();
  await oldFailed;
  answer.end('whole');
  expect((await read((await answered)[0])).body).toBe('whole');
});

it('serves a request that was queued behind a drained connection', async () => {
  const held = heldAnswers();
  await using at = await scene({ agent: { maxSockets: 1 } }, { respond: held.respond });
  const answers = [once(at.open(), 'response'), once(at.open(), 'response')];
  const first = await held.next();
  await at.manager.refresh();
  first.end('one');
  await read((await answers[0])?.[0]);
  (await held.next()).end('two');
  expect((await read((await answers[1])?.[0])).body).toBe('two');
});

it('tells those who listen what was drained', async () => {
  const messages: unknown[] = [];
  const listener = (message: unknown): void => {
    messages.push(message);
  };
  subscribe('keyturn:drained', listener);
  try {
    await using at = await scene();
    await at.get();
    await turn();
    await at.manager.refresh();
    expect(messages).toEqual([{ closed: 1, certificateGeneration: 1, cut: false }]);
  } finally {
    unsubscribe('keyturn:drained', listener);
  }
});

it('loses nothing and is never stale while the certificate rotates under load', async () => {
  await using at = await scene(
    {},
    {
      clientCertificate: 'require',
      respond: async (_request, response, { path, commonName }) => {
        response.write(`${commonName} `);
        if (path.endsWith('slow')) await pause(20);
        response.end(path);
      },
    },
  );
  let current = 1;
  let answered = 0;
  const worker = async (number: number): Promise<void> => {
    for (let sent = 0; current < 21; sent += 1) {
      const atStart = current;
      const path = `/${number}-${sent}${sent % 3 === 0 ? 'slow' : ''}`;
      const [response] = await once(
        https.get(`${at.server.url}${path}`, { agent: at.agent }),
        'response',
      );
      const { body } = await read(response);
      expect(body.endsWith(path)).toBe(true);
      expect(Number(/^client-(\d+)/.exec(body)?.[1])).toBeGreaterThanOrEqual(atStart);
      answered += 1;
    }
  };
  const workers = Array.from({ length: 16 }, (_, number) => worker(number));
  const rotate = async (): Promise<void> => {
    for (; current < 21; current += 1) {
      while (answered < 10 * current) await pause(1);
      await at.manager.refresh();
    }
  };
  await Promise.all([...workers, rotate()]);
  expect(at.manager.stats().certificateRotations).toBe(20);
  expect(at.server.requests.every(({ status }) => status === 200)).toBe(true);
  await expect.poll(() => at.server.connections.open).toBeLessThanOrEqual(16);
  const { opened, drained } = at.agent.connections;
  expect(opened - drained).toBeLessThanOrEqual(16);
});

it('serves upgraded sockets with header and certificate, cold and after a rotation', async () => {
  const { certificate, privateKey } = await (await authority()).issueServerCertificate();
  const ca = (await authority()).certificate;
  const server = https.createServer({ cert: certificate, key: privateKey, ca, requestCert: true });
  const sockets = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: tls.TLSSocket) => {
    sockets.add(socket);
    const name = socket.getPeerCertificate().subject.CN;
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
    );
    socket.write(`${request.headers.authorization} ${name}`);
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const { manager } = numberedManager('both');
  const agent = new CredentialAgent(manager, { origins: [url], tls: { ca } });
  const connect = async (): Promise<Duplex> => {
    const headers = { connection: 'Upgrade', upgrade: 'echo' };
    const [, socket, head] = await once(https.get(url, { agent, headers }), 'upgrade');
    if (head.length > 0) socket.unshift(head);
    return socket;
  };

  const first = await connect();
  expect(String((await once(first, 'data'))[0])).toBe('Bearer token-1 client-1');
  await manager.refresh();
  const second = await connect();
  expect(String((await once(second, 'data'))[0])).toBe('Bearer token-2 client-2');
  first.write('still here');
  expect(String((await once(first, 'data'))[0])).toBe('still here');
  expect(Object.keys(agent.sockets)).toEqual([]);

  for (const socket of [first, second, ...sockets]) socket.destroy();
  agent.destroy();
  server.close();
});

it('leaves the manager when it is destroyed', async () => {
  const source = controlledSource();
  const manager = createCredentialManager({ source });
  const undone = vi.fn();
  vi.spyOn(manager, 'on').mockReturnValue(undone);
  const agent = new CredentialAgent(manager, { origins: ['https://api.example'] });
  agent.destroy();
  expect(undone).toHaveBeenCalledTimes(vi.mocked(manager.on).mock.calls.length);
  expect(undone).toHaveBeenCalled();
});

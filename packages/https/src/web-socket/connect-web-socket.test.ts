import { once } from 'node:events';
import { inspect } from 'node:util';
import {
  type CredentialError,
  type CredentialSource,
  createCredentialManager,
  type RotatedEvent,
} from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { numberedSource } from '../../test/scene.js';
import {
  type RecordedUpgrade,
  startWebSocketServer,
  type WebSocketServerOptions,
} from '../../test/web-socket-scene.js';
import type { CredentialAgent } from '../agent/credential-agent.js';
import { type ConnectWebSocketOptions, connectWebSocket } from './connect-web-socket.js';

type Options = Partial<ConnectWebSocketOptions<WebSocket>>;

async function scene(source: CredentialSource, serverOptions: WebSocketServerOptions = {}) {
  const server = await startWebSocketServer(serverOptions);
  const manager = createCredentialManager({ source });
  const agents: CredentialAgent[] = [];
  const made: WebSocket[] = [];
  return {
    server,
    manager,
    made,
    connect: (options: Options = {}, more: WebSocket.ClientOptions = {}) =>
      connectWebSocket(
        (url, init) => {
          agents.push(init.agent);
          const socket = new WebSocket(url, { ...init, ...more });
          made.push(socket);
          return socket;
        },
        manager,
        { url: server.url, tls: { ca: server.ca }, ...options },
      ),
    isEmpty: () =>
      agents.every(({ sockets, freeSockets, requests }) =>
        [sockets, freeSockets, requests].every((pool) => Object.keys(pool).length === 0),
      ),
    async [Symbol.asyncDispose]() {
      await manager.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const refuses =
  (...tokens: string[]) =>
  ({ authorization }: RecordedUpgrade) =>
    !tokens.some((token) => authorization === `Bearer ${token}`);

describe('a WebSocket', () => {
  it('opens with token and certificate: cold, warm and after a rotation', async () => {
    await using at = await scene(numberedSource('both'));
    await at.connect();
    const socket = await at.connect();
    await at.manager.refresh();
    await at.connect();
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(at.server.upgrades.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
    expect(at.server.upgrades.map(({ commonName }) => commonName)).toEqual([
      'client-1',
      'client-1',
      'client-2',
    ]);
    await expect.poll(() => at.isEmpty()).toBe(true);
  });

  it('gives its owner what the server says first', async () => {
    await using at = await scene(numberedSource(), {
      onConnection: (opened) => opened.send('welcome'),
    });
    const socket = await at.connect();
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('welcome');
  });

  it('is made anew, once, when the server refuses the upgrade', async () => {
    await using at = await scene(numberedSource('both'), { authorize: refuses('token-1') });
    const socket = await at.connect();
    expect(socket).toBe(at.made[1]);
    expect(at.server.upgrades.map(({ commonName }) => commonName)).toEqual([
      'client-1',
      'client-2',
    ]);
    expect(at.made[0]?.readyState).toBe(WebSocket.CLOSED);
    await expect.poll(() => at.isEmpty()).toBe(true);
  });

  it('fails with the refusal after one replay, and at once with replay: false', async () => {
    await using at = await scene(numberedSource(), { authorize: () => false });
    const refused = { name: 'UpgradeRefusedError', statusCode: 401 };
    await expect(at.connect()).rejects.toMatchObject(refused);
    expect(at.made).toHaveLength(2);
    await expect(at.connect({ replay: false })).rejects.toMatchObject(refused);
    expect(at.made).toHaveLength(3);
  });

  it('fails with another status at once', async () => {
    await using at = await scene(numberedSource(), { status: 503 });
    await expect(at.connect()).rejects.toMatchObject({ statusCode: 503 });
    expect(at.made).toHaveLength(1);
    await expect.poll(() => at.isEmpty()).toBe(true);
  });

  it('shows the source what the server said', async () => {
    const source = controlledSource();
    await using at = await scene(source, { authorize: refuses('first') });
    const opened = at.connect();
    (await source.nextLoad()).succeed({ token: 'first' });
    const second = await source.nextLoad();
    expect(second.context.response).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': ['Bearer'] },
    });
    second.succeed({ token: 'second' });
    expect((await opened).readyState).toBe(WebSocket.OPEN);
  });

  it('leaves an Authorization of your own alone, and then runs nothing and replays nothing', async () => {
    const source = numberedSource();
    await using at = await scene(source, { authorize: refuses('mine') });
    const headers = { AUTHORIZATION: 'Bearer mine' };
    await expect(at.connect({ headers })).rejects.toMatchObject({ statusCode: 401 });
    expect([at.made.length, source.loads]).toEqual([1, 0]);
  });

  it('replays nothing when the WebSocket is made with an Authorization', async () => {
    const source = numberedSource();
    await using at = await scene(source, { authorize: refuses('mine') });
    const headers = { authorization: 'Bearer mine' };
    await expect(at.connect({}, { headers })).rejects.toMatchObject({ statusCode: 401 });
    expect([at.made.length, source.loads]).toEqual([1, 1]);
  });

  it('carries nothing to an origin that is not given', async () => {
    const source = numberedSource('both');
    await using at = await scene(source);
    await at.connect({ origins: ['https://elsewhere.example'] });
    expect(source.loads).toBe(0);
    expect(at.server.upgrades).toEqual([{ authorization: undefined, commonName: undefined }]);
  });

  it('fails with the code of a source that fails, before anything is made', async () => {
    const source = { name: 'broken', load: () => Promise.reject(new Error('no')) };
    await using at = await scene(source);
    await expect(at.connect()).rejects.toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    expect(at.made).toEqual([]);
  });

  it('can be aborted while it waits for a credential, and during its handshake', async () => {
    const source = controlledSource();
    await using at = await scene(source, { silent: true });
    const first = new AbortController();
    const waiting = at.connect({ signal: first.signal });
    const load = await source.nextLoad();
    first.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    load.succeed({ token: 'late' });
    await at.manager.current();
    const second = new AbortController();
    const upgrading = at.connect({ signal: second.signal });
    await at.server.nextUpgrade();
    second.abort(new Error('enough again'));
    await expect(upgrading).rejects.toThrow('enough again');
    await expect.poll(() => at.isEmpty()).toBe(true);
  });

  it('has timeoutMs, the wait for a credential included', async () => {
    await using at = await scene(controlledSource());
    await expect(at.connect({ timeoutMs: 20 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('fails as ws does when its own handshakeTimeout is over', async () => {
    await using at = await scene(numberedSource(), { silent: true });
    await expect(at.connect({}, { handshakeTimeout: 20 })).rejects.toThrow('timed out');
    await expect.poll(() => at.isEmpty()).toBe(true);
  });

  it('prints no token, neither the socket nor a refusal', async () => {
    const secret = 'very-secret-token';
    const source = { name: 'secret', load: async () => ({ token: secret }) };
    let isAllowed = false;
    await using at = await scene(source, { authorize: () => isAllowed });
    const error = await at.connect().catch((reason: unknown) => reason);
    isAllowed = true;
    const socket = await at.connect();
    for (const value of [error, socket]) {
      expect(inspect(value, { depth: 20, showHidden: true })).not.toContain(secret);
    }
  });
});

describe('the owner of a WebSocket', () => {
  it('is told of every rotation while it is open, and of none after', async () => {
    await using at = await scene(numberedSource('both'));
    const told: [number, WebSocket][] = [];
    const socket = await at.connect({
      onRotated: ({ credential }, opened) => told.push([credential.generation, opened]),
    });
    await at.manager.refresh();
    await at.manager.refresh();
    socket.close();
    await once(socket, 'close');
    await at.manager.refresh();
    expect(told.map(([generation]) => generation)).toEqual([2, 3]);
    expect(told[0]?.[1]).toBe(socket);
  });

  it('is told of a rotation that came during the handshake, once it has the socket', async () => {
    const told: RotatedEvent[] = [];
    let rotate = async (): Promise<unknown> => undefined;
    await using at = await scene(numberedSource('both'), {
      authorize: () => rotate().then(() => true),
    });
    rotate = () => at.manager.refresh();
    const socket = await at.connect({ onRotated: (event) => told.push(event) });
    expect(told).toEqual([]);
    await new Promise(setImmediate);
    expect(told).toMatchObject([{ certificateChanged: true, previous: { generation: 1 } }]);
    socket.terminate();
  });

  it('is not told of the rotation that let a refused upgrade succeed', async () => {
    await using at = await scene(numberedSource('both'), { authorize: refuses('token-1') });
    const told: RotatedEvent[] = [];
    await at.connect({ onRotated: (event) => told.push(event) });
    await new Promise(setImmediate);
    expect(told).toEqual([]);
  });

  it('is told why it is cut after drainTimeoutMs', async () => {
    await using at = await scene(numberedSource('both'));
    const cut: CredentialError[] = [];
    const socket = await at.connect({ drainTimeoutMs: 10, onCut: (error) => cut.push(error) });
    await at.manager.refresh();
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([1001, 'ERR_CONNECTION_DRAINED']);
    expect(cut).toMatchObject([{ code: 'ERR_CONNECTION_DRAINED' }]);
  });

  it('is cut even when the server does not say goodbye', async () => {
    await using at = await scene(numberedSource('both'), {
      onConnection: (opened) => opened.pause(),
    });
    const socket = await at.connect({ drainTimeoutMs: 0 });
    await at.manager.refresh();
    const [code] = await once(socket, 'close');
    expect(code).toBe(1006);
  });

  it('keeps its socket when only the token rotates', async () => {
    await using at = await scene(numberedSource('token'));
    const told: RotatedEvent[] = [];
    const socket = await at.connect({ drainTimeoutMs: 0, onRotated: (event) => told.push(event) });
    await at.manager.refresh();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(told).toMatchObject([{ certificateChanged: false }]);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('finds no listener of ours on an open socket but the one for its end', async () => {
    await using at = await scene(numberedSource());
    const socket = await at.connect();
    const names = ['open', 'error', 'unexpected-response', 'close'];
    expect(names.map((name) => socket.listenerCount(name))).toEqual([0, 0, 0, 1]);
  });

  it('finds nothing left at the manager, however a socket has ended', async () => {
    await using at = await scene(numberedSource('both'), { authorize: refuses('token-1') });
    let listeners = 0;
    const { on } = at.manager;
    vi.spyOn(at.manager, 'on').mockImplementation((name, listener) => {
      const undo = on.call(at.manager, name, listener);
      listeners += 1;
      return () => {
        listeners -= 1;
        undo();
      };
    });
    const closed = await at.connect();
    const terminated = await at.connect();
    terminated.terminate();
    closed.close();
    await Promise.all([once(closed, 'close'), once(terminated, 'close')]);
    await at.connect({ signal: AbortSignal.abort() }).catch(() => {});
    expect(listeners).toBe(0);
  });
});

describe('what connectWebSocket is given', () => {
  it('must be known and sensible', async () => {
    await using at = await scene(numberedSource());
    await expect(at.connect({ url: 'ws://localhost:1' })).rejects.toThrow(/"url"/);
    await expect(at.connect({ onRotate: () => {} } as Options)).rejects.toThrow(/"onRotate"/);
    const clearText = { allowInsecure: true } as Options;
    await expect(at.connect(clearText)).rejects.toThrow(/cannot honour option "allowInsecure"/);
    await expect(
      connectWebSocket(undefined as never, at.manager, { url: at.server.url }),
    ).rejects.toThrow(TypeError);
  });
});

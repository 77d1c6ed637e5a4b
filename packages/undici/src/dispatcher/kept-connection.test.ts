import type { TestApiServer, TestApiServerOptions } from '@keyturn/testkit';
import { type Dispatcher, fetch as undiciFetch } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { handlerKinds, send, setStage } from '../../test/stage.js';
import { bindFetch } from '../index.js';

interface ClosingServer {
  readonly options: TestApiServerOptions;
  /** @param first what happens before a connection is closed */
  shut(first: () => unknown): void;
}

/** Answers, until `shut()`: from then on it closes each connection that it had before under the request that comes. */
function closingServer(): ClosingServer {
  const kept = new Set<number>();
  let before: (() => unknown) | undefined;
  return {
    shut: (first) => {
      before = first;
    },
    options: {
      respond: async ({ socket }, response, { connection, path }) => {
        if (before === undefined) kept.add(connection);
        else if (kept.has(connection) || path === '/always') {
          await before();
          return void socket.destroy();
        }
        // Later, so that requests at once need connections of their own.
        return void setImmediate(() => response.end('whole'));
      },
    },
  };
}

type Send = (url: string, init?: Parameters<typeof send>[2]) => Promise<string>;

async function kept(
  bind: (stage: Awaited<ReturnType<typeof setStage>>, connections: number) => Send,
  connections = 1,
): Promise<
  Awaited<ReturnType<typeof setStage>> & { readonly ask: Send; readonly server: TestApiServer }
> {
  const closing = closingServer();
  const stage = await setStage({ server: closing.options, agent: { connections } });
  const ask = bind(stage, connections);
  await Promise.all(Array.from({ length: connections }, () => ask(stage.server.url)));
  closing.shut(() => stage.manager.refresh());
  return { ...stage, ask };
}

const through =
  (wrap: (dispatcher: never) => Dispatcher) =>
  ({ dispatcher }: { readonly dispatcher: unknown }): Send =>
  async (url, init) =>
    (await send(wrap(dispatcher as never), url, init)).body;

const throughFetch =
  (fetch: typeof globalThis.fetch, drainTimeoutMs?: number) =>
  ({ server, manager }: Awaited<ReturnType<typeof setStage>>, connections: number): Send => {
    const { client, unbind } = bindFetch(fetch, manager, {
      origins: [server.url],
      tls: { ca: server.ca },
      agent: { connections },
      drainTimeoutMs,
    });
    onTestFinished(unbind);
    return async (url, init) => (await client(url, init as RequestInit)).text();
  };

const senders: readonly (readonly [string, Parameters<typeof kept>[0]])[] = [
  ...handlerKinds.map(([kind, wrap]) => [`handlers of ${kind} kind`, through(wrap)] as const),
  ['the global fetch', throughFetch(globalThis.fetch)],
  ['the global fetch, cut after a while', throughFetch(globalThis.fetch, 60_000)],
  ["undici's fetch", throughFetch(undiciFetch as never)],
];

describe.each(senders)(
  'a kept connection that the server closes under a request, %s',
  (_, bind) => {
    it('is replaced for what may be repeated, with the newest token', async () => {
      const { server, ask } = await kept(bind);
      expect(await ask(server.url)).toBe('whole');
      expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-1', 'token-2']);
    });

    it('is replaced for whatever has an idempotency key, with the whole body', async () => {
      const { server, ask } = await kept(bind);
      const headers = { 'Idempotency-Key': '1' };
      expect(await ask(server.url, { method: 'POST', body: 'some text', headers })).toBe('whole');
      expect(server.requests.slice(1).map(({ body }) => String(body))).toEqual(
        Array(2).fill('some text'),
      );
    });

    it('fails what may not, and a first request', async () => {
      const { server, ask } = await kept(bind);
      await expect(ask(server.url, { method: 'POST', body: 'x' })).rejects.toThrow();
      await expect(ask(`${server.url}/always`)).rejects.toThrow();
      expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
    });

    it('loses nothing where many are closed under many', async () => {
      const { ask, server } = await kept(bind, 12);
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(server.url)));
      expect(new Set(answers)).toEqual(new Set(['whole']));
    });

    it('is no reason to send again what its caller has aborted', async () => {
      const { server, ask } = await kept(bind);
      const again = ask(server.url, { signal: AbortSignal.abort(new Error('left')) });
      await expect(again).rejects.toThrow('left');
      expect(server.requests).toHaveLength(1);
    });
  },
);

it('an Authorization of the caller is sent again as well, and nothing after close()', async () => {
  const { server, ask, dispatcher } = await kept(through((own) => own));
  const headers = { authorization: 'Bearer mine' };
  expect(await ask(server.url, { headers })).toBe('whole');
  expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'mine', 'mine']);
  await dispatcher.close();
  await expect(ask(server.url)).rejects.toThrow();
});

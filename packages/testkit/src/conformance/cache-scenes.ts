import { equal, deepEqual as same } from 'node:assert/strict';
import type { CredentialManager } from '@keyturn/core';
import { manualClock } from '../manual-clock.js';
import type { TestApiServer } from '../server/test-api-server.js';
import { hourMs } from './expectations.js';
import { type Scene, scene } from './scene.js';
import type { Theatre } from './theatre.js';

const cached: Scene['needs'] = ['token', 'caches'];

/** What stands between a binding and its user must not mix up for whom an answer was. */
export const cacheScenes: readonly Scene[] = [
  scene(
    'gives nobody the answer of another from a cache that both use',
    cached,
    async (theatre) => {
      const { server, ask, open } = await cachedStage(theatre);
      const [alice, bob] = [open('alice'), open('bob')];
      const answers: string[] = [];
      for (const manager of [alice, bob, alice, bob]) answers.push(await ask(manager, '/private'));
      same(answers, ['alice', 'bob', 'alice', 'bob']);
      await usesTheCache(server, () => ask(alice, '/public'));
    },
  ),

  scene(
    'gives the next generation no answer of the one before from a cache',
    cached,
    async (theatre) => {
      const { server, ask, open } = await cachedStage(theatre);
      const manager = open('alice', 'bob');
      equal(await ask(manager, '/private'), 'alice');
      await manager.refresh();
      equal(await ask(manager, '/private'), 'bob');
      await usesTheCache(server, () => ask(manager, '/public'));
    },
  ),

  scene(
    'gives a cached answer without a credential, while the source is down',
    [...cached, 'cachesFirst'],
    async (theatre) => {
      const { server, ask, open } = await cachedStage(theatre);
      const manager = open('alice');
      // A cache may file what came with the first credential under nobody.
      await manager.current();
      equal(await ask(manager, '/public'), 'alice');
      manager.fail();
      equal(await ask(manager, '/public'), 'alice');
      equal(server.requests.length, 1);
    },
  ),
];

interface CachedStage {
  readonly server: TestApiServer;
  /** Makes a manager whose source gives these tokens, one after the other, and binds a client to it that uses the cache. */
  open(...tokens: readonly string[]): FailingManager;
  /** Sends a GET through the client of that manager; resolves with the token that the answer was for. */
  ask(manager: CredentialManager, path: string): Promise<string>;
}

interface FailingManager extends CredentialManager {
  /** What is held expires, and the source fails from now on. */
  fail(): void;
}

async function cachedStage<Client>(theatre: Theatre<Client>): Promise<CachedStage> {
  const server = await theatre.startServer({
    respond: ({ url = '' }, response, { token }) => {
      const whose = url.startsWith('/public') ? 'public, ' : '';
      response.setHeader('cache-control', `${whose}max-age=60`);
      response.end(token);
    },
  });
  const bind = theatre.shareCache();
  const clients = new Map<CredentialManager, Client>();
  return {
    server,
    open: (...tokens) => {
      const left = [...tokens];
      const clock = manualClock(Date.now());
      let isDown = false;
      const load = async () => {
        if (isDown) throw new Error('The source is down.');
        return {
          token: left.length > 1 ? left.shift() : left[0],
          expiresAt: clock.now() + hourMs,
        };
      };
      const made = theatre.openManager({ source: { name: 'tokens', load }, clock });
      const fail = (): void => {
        isDown = true;
        clock.jump(2 * hourMs);
      };
      const manager = Object.assign(made, { fail });
      const tls = server.url.startsWith('https:') ? { tls: { ca: server.ca } } : {};
      const { client } = bind(manager, { url: server.url, origins: [server.url], ...tls });
      clients.set(manager, client);
      return manager;
    },
    ask: async (manager, path) => {
      const client = clients.get(manager) as Client;
      return String((await theatre.send(client, server.url + path)).body);
    },
  };
}

/** Without a cache that works, a binding proves nothing here. */
async function usesTheCache(server: TestApiServer, ask: () => Promise<string>): Promise<void> {
  await ask();
  const before = server.requests.length;
  await ask();
  equal(server.requests.length, before, 'The cache keeps not even what is public.');
}

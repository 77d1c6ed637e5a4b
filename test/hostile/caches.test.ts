/** Two users, one store: what a cache keeps for one of them, the other never gets, unless the server calls it public. */
import { bindAxios } from '@keyturn/axios';
import {
  type CredentialManager,
  type CredentialMaterial,
  createCredentialManager,
} from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import {
  createTestAuthority,
  startTestApiServer,
  type TestApiServer,
  type TestAuthority,
} from '@keyturn/testkit';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios from 'axios';
import { buildMemoryStorage, setupCache } from 'axios-cache-interceptor';
import got from 'got';
import { cacheStores, type Dispatcher, interceptors, request, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

/** Asks for a path, and returns whose answer came. */
type Ask = (path: string) => Promise<string>;

interface Party {
  readonly manager: CredentialManager;
  readonly server: TestApiServer;
}

interface Cache {
  readonly name: string;
  /** Makes what the two share, and returns what binds a client that uses it. */
  readonly share: () => (party: Party) => Ask;
  /** What the server has to say so that one user, known by a token or a certificate, is answered from the cache. */
  readonly keeps: { readonly token?: string; readonly certificate?: string };
  /** Whether it keeps apart what RFC 9111, 3.5 would let others have, too. */
  readonly isApart: boolean;
}

/** What RFC 9111, 3.5 lets a shared cache give to others. */
const mustRevalidate = 'max-age=60, must-revalidate';

function undiciCache(position: 'inside' | 'outside', type: 'shared' | 'private'): Cache {
  return {
    name: `undici's cache, ${type}, ${position} the dispatcher`,
    // undici's cache takes an Authorization for a reason to keep nothing else, whatever its type.
    keeps: position === 'inside' ? { token: mustRevalidate, certificate: 'max-age=60' } : {},
    isApart: position === 'inside',
    share: () => {
      const cache = interceptors.cache({ store: new cacheStores.MemoryCacheStore(), type });
      return ({ manager, server }) => {
        const bound = new CredentialDispatcher(manager, {
          origins: [server.url],
          tls: { ca: server.ca },
          ...(position === 'inside' && { interceptors: [cache] }),
        });
        onTestFinished(() => bound.destroy());
        const dispatcher: Dispatcher = position === 'inside' ? bound : bound.compose(cache);
        return async (path) => (await request(server.url + path, { dispatcher })).body.text();
      };
    },
  };
}

function fetchCache(name: string, fetch: typeof globalThis.fetch): Cache {
  return {
    name: `undici's cache inside ${name}`,
    keeps: { token: mustRevalidate, certificate: 'private, max-age=60' },
    isApart: true,
    share: () => {
      const cache = interceptors.cache({ type: 'private' });
      return ({ manager, server }) => {
        const { client, unbind } = bindFetch(fetch, manager, {
          origins: [server.url],
          tls: { ca: server.ca },
          interceptors: [cache],
        });
        onTestFinished(unbind);
        return async (path) => (await client(server.url + path)).text();
      };
    },
  };
}

function axiosCache(order: 'before' | 'after'): Cache {
  return {
    name: `axios-cache-interceptor, set up ${order} bindAxios`,
    keeps: { token: 'max-age=60', certificate: 'max-age=60' },
    isApart: true,
    share: () => {
      const storage = buildMemoryStorage();
      return ({ manager, server }) => {
        const client = axios.create({ baseURL: server.url });
        if (order === 'before') setupCache(client, { storage });
        const { unbind } = bindAxios(client, manager, { tls: { ca: server.ca } });
        if (order === 'after') setupCache(client, { storage });
        onTestFinished(unbind);
        return async (path) => (await client.get(path)).data;
      };
    },
  };
}

function gotCache(shared: boolean): Cache {
  return {
    name: `got's cache, ${shared ? 'shared' : 'private'}`,
    keeps: shared
      ? { token: 'public, max-age=60', certificate: 'max-age=60' }
      : { token: 'private, max-age=60', certificate: 'private, max-age=60' },
    isApart: !shared,
    share: () => {
      const cache = new Map();
      return ({ manager, server }) => {
        const options = { prefixUrl: server.url, cache, cacheOptions: { shared } };
        const { client, unbind } = bindGot(got.extend(options), manager, {
          tls: { ca: server.ca },
        });
        onTestFinished(unbind);
        return (path) => client.get(path.slice(1)).text();
      };
    },
  };
}

const caches: readonly Cache[] = [
  undiciCache('inside', 'shared'),
  undiciCache('inside', 'private'),
  undiciCache('outside', 'shared'),
  undiciCache('outside', 'private'),
  fetchCache('the global fetch', globalThis.fetch),
  fetchCache("undici's fetch", undiciFetch as unknown as typeof globalThis.fetch),
  axiosCache('before'),
  axiosCache('after'),
  gotCache(true),
  gotCache(false),
];

let authority: TestAuthority;
let server: TestApiServer;

beforeAll(async () => {
  authority = await createTestAuthority();
  server = await startTestApiServer({
    authority,
    respond: ({ url = '' }, response, { token, commonName }) => {
      response.setHeader('cache-control', decodeURIComponent(url.slice(1)));
      response.end(`for ${token ?? commonName}`);
    },
  });
});

afterAll(() => server.close());

/** Whom a source is to speak for at its next load. */
const successors = new WeakMap<CredentialManager, CredentialMaterial>();

/** Someone whom the server knows by a token, by a certificate, or by both. */
async function party(name: string, by: 'token' | 'certificate'): Promise<Party> {
  const material =
    by === 'token'
      ? { token: name }
      : { clientCertificate: await authority.issueClientCertificate({ commonName: name }) };
  const manager: CredentialManager = createCredentialManager({
    source: { name, load: async () => successors.get(manager) ?? material },
  });
  onTestFinished(() => manager.close());
  await manager.current();
  return { manager, server };
}

const directives = ['max-age=60', 'private, max-age=60', 'max-age=60, stale-while-revalidate=60'];

describe.each(caches)('$name', ({ share, keeps, isApart }) => {
  describe.each(['token', 'certificate'] as const)('with a %s', (by) => {
    const forbidden = isApart ? [...directives, mustRevalidate, 's-maxage=60'] : directives;

    it.each(forbidden)('gives nobody the answer of another: %s', async (directive) => {
      const bind = share();
      const path = `/${encodeURIComponent(directive)}`;
      const [alice, bob] = [bind(await party('alice', by)), bind(await party('bob', by))];
      const answers = [await alice(path), await alice(path), await bob(path), await bob(path)];
      expect(answers).toEqual(['for alice', 'for alice', 'for bob', 'for bob']);
      expect(await alice(path)).toBe('for alice');
    });

    it('gives the next generation no answer of the one before', async () => {
      const { manager } = await party('alice', by);
      const bob = await party('bob', by);
      const bound = share()({ manager, server });
      const path = `/${encodeURIComponent('max-age=60')}`;
      expect(await bound(path)).toBe('for alice');
      successors.set(manager, await bob.manager.current());
      await manager.refresh();
      expect(await bound(path)).toBe('for bob');
    });

    const kept = keeps[by];
    it(`keeps for one user: ${kept ?? 'nothing'}`, async () => {
      const alice = share()(await party('alice', by));
      const path = `/${encodeURIComponent(kept ?? 'max-age=60')}`;
      expect(await countRequests(() => alice(path))).toBe(kept === undefined ? 3 : 1);
    });

    it('keeps what the server calls public', async () => {
      const alice = share()(await party('alice', by));
      const path = `/${encodeURIComponent('public, max-age=60')}`;
      expect(await countRequests(() => alice(path))).toBe(1);
    });
  });
});

/** How many of three reach the server. */
async function countRequests(ask: () => Promise<string>): Promise<number> {
  const before = server.requests.length;
  for (let count = 0; count < 3; count += 1) await ask();
  return server.requests.length - before;
}

/** A store in a real server; skipped where there is none: `apt-get install redis-server`. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { testStore } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, hasRedis, type RedisServer, startRedis } from '../../test/redis-server.js';
import { rotatingLogin } from '../../test/rotating-login.js';
import { sharedSource } from '../sharing/shared-source.js';
import { type RedisStoreOptions, redisStore } from './redis-store.js';

const key = 'a person at a service';
const secret = 'a-very-secret-value';
const newKey = (): string => randomBytes(32).toString('base64');
const [first, second] = [newKey(), newKey()];

let server: RedisServer;
let prefixes = 0;
const newPrefix = (): string => {
  prefixes += 1;
  return `test ${prefixes}:`;
};

/** Opens a store with a connection of its own. */
function open(options: Partial<RedisStoreOptions> = {}, of: RedisServer = server) {
  const client = of.client();
  const keys = options.plaintext ? {} : { encryptionKeys: [first] };
  const { command } = client;
  return { client, store: redisStore({ command, ...keys, ...options }) };
}

async function write(store: ReturnType<typeof redisStore>, value: string): Promise<void> {
  const lease = await store.lease(key, 10_000);
  expect(await store.write(key, lease?.fence ?? '', value)).toBe(true);
}

const named = hasRedis ? 'redisStore' : 'redisStore (skipped: there is no redis-server)';

describe.skipIf(!hasRedis)(named, () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.close());

  testStore({
    test: it.concurrent,
    name: 'keeps the promises of every store: it',
    make: () => {
      const prefix = newPrefix();
      return { open: () => open({ prefix }).store };
    },
  });

  it('costs one round trip for each step, once the server knows the scripts', async () => {
    const { client, store } = open({ prefix: newPrefix() });
    await write(store, 'a');
    await store.read(key);
    const before = client.trips;
    await store.read(key);
    await write(store, 'b');
    expect(client.trips - before).toBe(3);
    await client.command('SCRIPT', 'FLUSH');
    expect((await store.read(key))?.value).toBe('b');
  });

  it('names its commands as each client for clusters knows them, with the key behind the script', async () => {
    const { client } = open();
    const prefix = newPrefix();
    const sent: string[][] = [];
    const command = (...parts: string[]): Promise<unknown> => {
      sent.push(parts);
      return client.command(...parts);
    };
    await client.command('SCRIPT', 'FLUSH');
    await open({ prefix, command }).store.read(key);
    expect(sent.map(([name, , , ofKey]) => [name, ofKey])).toEqual([
      ['evalsha', `${prefix}${key}`],
      ['eval', `${prefix}${key}`],
    ]);
  });

  it('shows nobody who reads the server what it keeps', async () => {
    const prefix = newPrefix();
    const { client, store } = open({ prefix });
    await write(store, secret);
    const seen = JSON.stringify(await client.command('HGETALL', `${prefix}${key}`));
    expect(seen).toContain('keyturn1.');
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain(Buffer.from(secret).toString('base64'));
    expect(inspect(store, { depth: null, showHidden: true })).not.toContain(first);
  });

  it('opens what an older key has encrypted, and encrypts with the newest', async () => {
    const prefix = newPrefix();
    await write(open({ prefix }).store, 'a');
    const rotated = open({ prefix, encryptionKeys: [second, first] }).store;
    expect((await rotated.read(key))?.value).toBe('a');
    await write(rotated, 'b');
    expect((await open({ prefix, encryptionKeys: [second] }).store.read(key))?.value).toBe('b');
    const unreadable = open({ prefix }).store.read(key);
    await expect(unreadable).rejects.toMatchObject({ code: 'ERR_STORE_RECORD' });
    await expect(unreadable).rejects.toThrow(/any of the keys/);
  });

  it('opens nothing that was moved to another key, or changed', async () => {
    const prefix = newPrefix();
    const { client, store } = open({ prefix });
    await write(store, 'a');
    const [, version = '', , value = ''] = (await client.command(
      ...['HMGET', `${prefix}${key}`, 'at', 'version', 'fence', 'value'],
    )) as string[];
    await client.command('HSET', `${prefix}other`, 'version', version, 'at', '0', 'value', value);
    await expect(store.read('other')).rejects.toThrow(/moved there/);
    const changed = `${value.slice(0, -6)}AAAAAA`;
    await client.command('HSET', `${prefix}${key}`, 'value', changed);
    await expect(store.read(key)).rejects.toMatchObject({ code: 'ERR_STORE_RECORD' });
  });

  it('keeps plain text where that is said', async () => {
    const prefix = newPrefix();
    const { client, store } = open({ prefix, plaintext: true });
    await write(store, secret);
    expect(await client.command('HGET', `${prefix}${key}`, 'value')).toBe(secret);
  });

  it('tells the age of a record by the clock of the server', async () => {
    const prefix = newPrefix();
    const { client, store } = open({ prefix });
    await write(store, 'a');
    const [seconds] = (await client.command('TIME')) as string[];
    await client.command('HSET', `${prefix}${key}`, 'at', String((Number(seconds) - 60) * 1_000));
    expect((await store.read(key))?.ageMs).toBeGreaterThanOrEqual(60_000);
    expect((await store.read(key))?.ageMs).toBeLessThan(120_000);
  });

  it('leaves nothing for ever of a lease that nobody wrote under, nor of a logout', async () => {
    const prefix = newPrefix();
    const { client, store } = open({ prefix });
    await store.lease(key, 10_000);
    expect(Number(await client.command('PTTL', `${prefix}${key}`))).toBeGreaterThan(0);
    await store.delete(key);
    expect(Number(await client.command('PTTL', `${prefix}${key}`))).toBeGreaterThan(0);
    await write(store, 'a');
    expect(await client.command('PTTL', `${prefix}${key}`)).toBe(-1);
  });

  it('shares one login among managers, each with a connection of its own', async () => {
    const prefix = newPrefix();
    const login = rotatingLogin();
    const managers = Array.from({ length: 10 }, () => {
      const source = sharedSource(login, { store: open({ prefix }).store, key });
      return createCredentialManager({ source });
    });
    const credentials = await Promise.all(managers.map((manager) => manager.current()));
    expect(new Set(credentials.map(({ token }) => token))).toEqual(new Set(['access-2-0']));
    expect(login).toMatchObject({ refreshes: 1, reuses: 0 });
    await Promise.all(managers.map((manager) => manager.close()));
  });

  describe('with a server that', () => {
    const shared = (of: RedisServer, onStoreFailure: 'load' | 'fail', prefix: string) => {
      const login = rotatingLogin();
      const { client, store } = open({ prefix }, of);
      const source = sharedSource(login, { store, key, onStoreFailure });
      const manager = createCredentialManager({ source });
      onTestFinished(() => manager.close());
      return { login, client, store, source, manager };
    };

    it('is flushed goes on with what a process knows, or says that it is lost', async () => {
      const [lenient, strict] = (['load', 'fail'] as const).map((mode) =>
        shared(server, mode, newPrefix()),
      ) as [ReturnType<typeof shared>, ReturnType<typeof shared>];
      await Promise.all([lenient.manager.current(), strict.manager.current()]);
      await strict.client.command('FLUSHALL');
      expect((await lenient.manager.refresh()).token).toBe('access-3-0');
      await expect(strict.manager.refresh()).rejects.toMatchObject({ code: 'ERR_STORE_FORGOTTEN' });
      await strict.store.delete(key);
      expect(lenient.login.reuses + strict.login.reuses).toBe(0);
    });

    it('is full does as onStoreFailure says', async () => {
      const full = await startRedis('--maxmemory', '1', '--maxmemory-policy', 'noeviction');
      onTestFinished(() => full.close());
      const lenient = shared(full, 'load', 'full:');
      const strict = shared(full, 'fail', 'full:');
      expect((await lenient.manager.current()).token).toBe('access-2-0');
      await expect(strict.manager.current()).rejects.toThrow(/with OOM: it is full/);
      expect(strict.login.refreshes).toBe(0);
    });

    it('is in a cluster without a master for the key does as onStoreFailure says', async () => {
      const places = ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort())];
      const member = await startRedis(...places);
      onTestFinished(() => member.close());
      const [strict, lenient] = [shared(member, 'fail', 'a:'), shared(member, 'load', 'b:')];
      await expect(strict.manager.current()).rejects.toThrow(/CLUSTERDOWN: the cluster has no/);
      expect((await lenient.manager.current()).token).toBe('access-2-0');
      expect(strict.login.refreshes).toBe(0);
    });

    it('is a replica does as onStoreFailure says', async () => {
      const replica = await startRedis('--replicaof', '127.0.0.1', '1');
      onTestFinished(() => replica.close());
      const strict = shared(replica, 'fail', 'replica:');
      await expect(strict.manager.current()).rejects.toThrow(/READONLY|MASTERDOWN/);
      expect((await shared(replica, 'load', 'replica:').manager.current()).token).toBe(
        'access-2-0',
      );
    });

    it('goes away does as onStoreFailure says, and shows no key in its error', async () => {
      const leaving = await startRedis();
      const strict = shared(leaving, 'fail', 'gone:');
      const lenient = shared(leaving, 'load', 'gone too:');
      await Promise.all([strict.manager.current(), lenient.manager.current()]);
      await leaving.close();
      const refused = strict.manager.refresh();
      await expect(refused).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
      const printed = inspect(await refused.catch((error) => error), {
        depth: null,
        showHidden: true,
      });
      expect(printed).not.toContain(first);
      expect((await lenient.manager.refresh()).token).toBe('access-3-0');
    });

    it('fails over to a replica that has missed the last write uses nothing twice', async () => {
      const behind = await startRedis();
      onTestFinished(() => behind.close());
      const { login, client, manager } = shared(behind, 'fail', 'over:');
      const name = `over:${key}`;
      await manager.current();
      const dumped = (await client.command('HGETALL', name)) as string[];
      await manager.refresh();
      await client.command('DEL', name);
      await client.command('HSET', name, ...dumped);
      expect((await manager.refresh()).token).toBe('access-4-0');
      expect(login).toMatchObject({ refreshes: 3, reuses: 0 });
    });

    it('has something else under a key says so', async () => {
      const prefix = newPrefix();
      const { client, store } = open({ prefix });
      await client.command('SET', `${prefix}${key}`, 'text');
      await expect(store.read(key)).rejects.toThrow(/WRONGTYPE: another program/);
    });
  });
});

it.each([undefined, 'OK', 'QUEUED', {}])(
  'a command that gives %j instead of what the client gives is a failure, and no lease',
  async (reply) => {
    const store = redisStore({ command: async () => reply, encryptionKeys: [first] });
    const error = { code: 'ERR_STORE_FAILED', message: expect.stringContaining('Have "command"') };
    await expect(store.read(key)).rejects.toMatchObject(error);
    await expect(store.lease(key, 1_000)).rejects.toMatchObject(error);
    await expect(store.write(key, 'fence', 'a')).rejects.toMatchObject(error);
  },
);

describe('the options of redisStore', () => {
  const command = async (): Promise<void> => {};
  it.each([
    [{ encryptionKeys: [first] }, /"command"/],
    [{ command }, /either "encryptionKeys"/],
    [{ command, encryptionKeys: [first], plaintext: true }, /either "encryptionKeys"/],
    [{ command, encryptionKeys: [] }, /the first of which/],
    [{ command, encryptionKeys: ['c2hvcnQ='] }, /Key 0 .* 32 bytes/],
    [{ command, encryptionKeys: [first, 7] }, /Key 1/],
    [{ command, plaintext: true, prefix: 1 }, /"prefix"/],
    [{ command, plaintext: true, keys: [] }, /no option "keys"/],
  ])('are refused where they make no sense: %#', (options, message) => {
    expect(() => redisStore(options as unknown as RedisStoreOptions)).toThrow(message);
  });

  it('take a key as bytes, in base64 and in hexadecimal digits', () => {
    const bytes = randomBytes(32);
    const keys = [
      bytes,
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ];
    expect(() => redisStore({ command, encryptionKeys: keys })).not.toThrow();
  });

  it('never show a key that they refuse', () => {
    const encryptionKeys = ['a-secret-of-the-wrong-length'];
    const refused = (): unknown => redisStore({ command, encryptionKeys });
    expect(refused).toThrow(/^((?!a-secret).)*$/);
  });
});

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CredentialMaterial,
  type CredentialSource,
  type CredentialStore,
  createCredentialManager,
} from '@keyturn/core';
import { memoryStore } from '@keyturn/testkit';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needlesOf } from '../../../test/secrets/needles.js';
import { type Printer, printers } from '../../../test/secrets/printers.js';
import { hasRedis, type RedisServer, startRedis } from '../test/redis-server.js';
import { fileStore } from './file/file-store.js';
import { redisStore } from './redis/redis-store.js';
import { sharedSource } from './sharing/shared-source.js';

const encryptionKey = Buffer.from('the-encryption-key-of-this-test!').toString('base64');
const password = Buffer.from('what-the-keyring-of-the-user-has').toString('base64');
const held: CredentialMaterial = {
  token: 'an-access-token-5fM2kQ9xVb7Lr3Zt',
  headers: { 'x-api-key': 'a-header-of-an-api-8hN4wP1yCd6Js0Ku' },
  state: 'a-refresh-token-3gT7mR5zXe9Hq2Wv',
};
const needles = needlesOf(
  Object.entries({ ...held, ...held.headers, headers: '', encryptionKey, password })
    .filter(([, text]) => text !== '')
    .map(([name, text]) => ({ name, text: String(text) })),
);

/** What `value` shows of them, however it is printed. */
function shownBy(what: string, value: unknown, ways: readonly Printer[] = printers): string[] {
  return ways.flatMap((printer) => {
    try {
      return needles.in(printer.print(value)).map((name) => `${what}, ${printer.name}: ${name}`);
    } catch {
      // Not every way of printing takes everything.
      return [];
    }
  });
}

/** A credential has a getter for its token, which is what it is for. */
const withoutGetters = printers.filter(({ name }) => name !== 'a walk over getters');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-shown-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

let redis: RedisServer | undefined;
afterAll(() => redis?.close());

const keyring = {
  getPassword: async () => password,
  setPassword: async () => {},
};

interface StoreKind {
  readonly name: string;
  readonly isHere: boolean;
  open(): Promise<CredentialStore>;
  /** Everything that somebody finds who reads the disk or the server; undefined where it is kept in clear. */
  readonly found?: () => Promise<string>;
}

const stores: readonly StoreKind[] = [
  { name: 'memory', isHere: true, open: async () => memoryStore() },
  { name: 'files', isHere: true, open: async () => fileStore({ directory: folder }) },
  {
    name: 'files and a keyring',
    isHere: true,
    open: async () => fileStore({ directory: folder, keyring }),
    found: async () =>
      pathsIn(folder)
        .map((path) => `${path}\n${statSync(path).isFile() ? readFileSync(path, 'latin1') : ''}`)
        .join('\n'),
  },
  {
    name: hasRedis ? 'Redis' : 'Redis (there is no redis-server here)',
    isHere: hasRedis,
    open: async () => {
      redis ??= await startRedis();
      return redisStore({ command: redis.client().command, encryptionKeys: [encryptionKey] });
    },
    found: async () => {
      const client = redis?.client();
      const keys = (await client?.command('KEYS', '*')) as string[];
      const values = await Promise.all(keys.map((key) => client?.command('HGETALL', key)));
      return JSON.stringify([keys, values]);
    },
  },
];

const channels = ['load', 'rotated', 'store'].map((name) => `keyturn:${name}`);

/** Collects whatever is told to those who listen, while `work` is done. */
async function toldDuring(work: () => Promise<void>): Promise<unknown[]> {
  const told: unknown[] = [];
  const listen = (message: unknown): void => void told.push(message);
  for (const name of channels) subscribe(name, listen);
  await work().finally(() => {
    for (const name of channels) unsubscribe(name, listen);
  });
  return told;
}

/** Loads, and then fails with an error that says everything. */
function talkativeSource(): CredentialSource {
  let loads = 0;
  return {
    name: 'login',
    load: async () => {
      loads += 1;
      if (loads === 1) return held;
      const cause = Object.assign(new Error(`No ${held.token}`), { request: held });
      throw Object.assign(new Error(`No use for ${held.state}`, { cause }), { held });
    },
  };
}

/** A store that tells in its errors what it has, or was to write. */
function leakingStore(fails: 'read' | 'write'): CredentialStore {
  const fail = async (...args: readonly unknown[]): Promise<never> => {
    const [what = JSON.stringify(held)] = args.slice(2);
    throw Object.assign(new Error(`ERR no room for ${what}`), { command: ['eval', what] });
  };
  return { ...memoryStore(), name: 'leaking', [fails]: fail };
}

describe.each(stores)(
  'nothing secret is in what is printed of a login in $name',
  ({ isHere, open, found }) => {
    it.skipIf(!isHere)('nor in its errors, in what is told, or in what is kept', async () => {
      const store = await open();
      const source = sharedSource(talkativeSource(), {
        store,
        key: 'login',
        onStoreFailure: 'fail',
      });
      const values: Record<string, unknown> = { source, store };
      let credential: unknown;
      const told = await toldDuring(async () => {
        await using manager = createCredentialManager({ source });
        values['manager'] = manager;
        credential = await manager.current();
        values['failure'] = await manager.refresh().catch((error: unknown) => error);
        values['stats'] = [manager.stats(), source.stats()];
        values['lease'] = await store.lease('another', 1_000);
      });
      expect(credential).toMatchObject({ token: held.token });
      expect(values['failure']).toMatchObject({ code: 'ERR_SOURCE_FAILED' });
      expect(told.length).toBeGreaterThan(2);
      const all = Object.entries({ ...values, told });
      expect(all.flatMap(([what, value]) => shownBy(what, value))).toEqual([]);
      expect(shownBy('credential', credential, withoutGetters)).toEqual([]);
      if (found !== undefined) expect(needles.in(await found())).toEqual([]);
    });
  },
);

it.each([
  ['read', 'fail', 'failed'],
  ['write', 'fail', 'unsaved'],
  ['read', 'load', 'alone'],
] as const)(
  'nothing secret is told where a store says everything that cannot %s, and %s is asked for',
  async (fails, onStoreFailure, outcome) => {
    const store = leakingStore(fails);
    const inner = { name: 'login', load: async () => held };
    const source = sharedSource(inner, { store, key: 'login', onStoreFailure });
    await using manager = createCredentialManager({ source });
    let given: unknown;
    const told = await toldDuring(async () => {
      given = await manager.current().catch((error: unknown) => error);
    });
    expect(told).toContainEqual(expect.objectContaining({ outcome }));
    expect(shownBy('told', told)).toEqual([]);
    expect(shownBy('given', given, withoutGetters)).toEqual([]);
  },
);

it.skipIf(process.platform === 'win32')('files are for their user alone', async () => {
  const store = fileStore({ directory: join(folder, 'credentials') });
  const source = sharedSource({ name: 'login', load: async () => held }, { store, key: 'login' });
  await using manager = createCredentialManager({ source });
  await manager.current();
  const paths = pathsIn(folder);
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.map((path) => statSync(path).mode & 0o077)).toEqual(paths.map(() => 0));
});

it('a secret would be found', () => {
  expect(shownBy('a record', { value: JSON.stringify(held) })).toContain(
    'a record, util.inspect: token',
  );
  expect(needles.in(Buffer.from(String(held.state)).toString('base64'))).not.toEqual([]);
});

function pathsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(directory, name),
  );
}

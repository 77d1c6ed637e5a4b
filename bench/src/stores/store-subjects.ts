import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialManager, staticSource } from '@keyturn/core';
import { type CredentialStore, fileStore, redisStore, sharedSource } from '@keyturn/store';
import { startRedis } from './start-redis.js';

/** Something to time. */
export interface StoreSubject {
  readonly name: string;
  call(): Promise<unknown>;
}

export interface StoreSubjects {
  readonly all: readonly StoreSubject[];
  /** How often the server is asked for one record; absent where there is no server. */
  readonly tripsOfRead?: () => Promise<number>;
  close(): Promise<void>;
}

const key = 'https://login.example.com a person';

export async function openSubjects({
  few,
  many,
  hasRedis,
}: {
  readonly few: number;
  readonly many: number;
  readonly hasRedis: boolean;
}): Promise<StoreSubjects> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-stores-'));
  const plain = join(folder, 'plain.json');
  writeFileSync(plain, 'x'.repeat(1_500));
  const stores = await Promise.all(
    [few, many].map((count) => filled(join(folder, String(count)), count)),
  );
  const manager = createCredentialManager({ source: staticSource({ token: 'a' }) });
  const redis = hasRedis ? await redisSubjects() : undefined;
  return {
    all: [
      { name: 'current() without a store', call: () => manager.current() },
      { name: 'readFile() of as much', call: () => readFile(plain) },
      ...stores.map(({ store, count }) => ({
        name: nameOfFiles(count),
        call: () => store.read(key),
      })),
      { name: 'a load that a file answers', call: loadsOf(stores[0]?.store) },
      ...(redis?.all ?? []),
    ],
    ...(redis?.tripsOfRead && { tripsOfRead: redis.tripsOfRead }),
    close: async () => {
      await manager.close();
      await redis?.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A store with a record, among as many others. */
async function filled(
  directory: string,
  count: number,
): Promise<{ readonly store: CredentialStore; readonly count: number }> {
  const store = fileStore({ directory });
  await fill(store);
  for (let other = 1; other < count; other += 1) {
    const place = join(directory, `other-${randomUUID()}`);
    await mkdir(place, { mode: 0o700 });
    await writeFile(join(place, '2.json'), '{}', { mode: 0o600 });
  }
  return { store, count };
}

async function fill(store: CredentialStore): Promise<void> {
  const token = randomBytes(900).toString('base64url');
  const source = sharedSource(async () => ({ token, state: token.slice(0, 100) }), { store, key });
  await source.load({ reason: 'initial', signal: new AbortController().signal });
}

/** Loads as a new process does, of what another one has written. */
function loadsOf(store: CredentialStore | undefined): () => Promise<unknown> {
  const context = { reason: 'initial', signal: new AbortController().signal } as const;
  const load = async (): Promise<never> => {
    throw new Error('The record is there.');
  };
  const source = sharedSource(load, { store: store as CredentialStore, key });
  return () => source.load(context);
}

async function redisSubjects(): Promise<StoreSubjects> {
  const { command, close } = await startRedis();
  let trips = 0;
  const counted = (...parts: string[]): Promise<unknown> => {
    trips += 1;
    return command(...parts);
  };
  const encryptionKeys = [randomBytes(32)];
  const store = redisStore({ command: counted, encryptionKeys });
  await fill(store);
  return {
    all: [
      { name: 'PING of Redis', call: () => command('PING') },
      { name: 'read() of redisStore', call: () => store.read(key) },
      { name: 'a load that Redis answers', call: loadsOf(store) },
    ],
    tripsOfRead: async () => {
      trips = 0;
      await store.read(key);
      return trips;
    },
    close,
  };
}

export function nameOfFiles(count: number): string {
  return `read() of fileStore, ${count} keys`;
}

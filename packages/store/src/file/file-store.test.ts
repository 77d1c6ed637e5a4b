/** A store of files, on a real file system. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CredentialStore, createCredentialManager } from '@keyturn/core';
import { manualClock, testStore } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { rotatingLogin } from '../../test/rotating-login.js';
import { sharedSource } from '../sharing/shared-source.js';
import { defaultDirectory } from './default-directory.js';
import { fileStore } from './file-store.js';
import { type Holder, isDead, thisHolder } from './holder.js';

const key = 'a person at a service';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function newStore() {
  const clock = manualClock();
  const directory = join(newFolder(), 'credentials');
  return { clock, directory, store: fileStore({ directory, clock }) };
}

async function write(store: CredentialStore, value: string): Promise<void> {
  const lease = await store.lease(key, 10_000);
  expect(await store.write(key, lease?.fence ?? '', value)).toBe(true);
}

/** Everything below a folder, as paths in it. */
const treeOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
    join(entry.parentPath, entry.name),
  );
const filesOf = (folder: string): string[] =>
  treeOf(folder).filter((path) => lstatSync(path).isFile());

testStore({
  test: it,
  name: 'fileStore',
  make: () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-store-'));
    const clock = manualClock();
    return {
      open: () => fileStore({ directory: folder, clock }),
      pass: (ms) => clock.advance(ms),
      dispose: () => rmSync(folder, { recursive: true }),
    };
  },
});

describe('the files of a store', () => {
  it('are one for each key, in directories that are closed to all others', async () => {
    const { directory, store } = newStore();
    await write(store, 'a');
    await write(store, 'b');
    expect(filesOf(directory)).toHaveLength(1);
    const modes = [directory, ...treeOf(directory)].map((path) => statSync(path).mode & 0o777);
    expect(modes.map((mode) => mode.toString(8))).toEqual(['700', '700', '600']);
  });

  it('are closed to all others whatever the umask is', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    const { directory, store } = newStore();
    await write(store, 'a');
    const open = [directory, ...treeOf(directory)].filter((path) => statSync(path).mode & 0o077);
    expect(open).toEqual([]);
  });

  it('hold nothing of a record that was deleted', async () => {
    const { directory, store } = newStore();
    await write(store, 'a-secret');
    await store.delete(key);
    expect(
      filesOf(directory).filter((path) => readFileSync(path, 'utf8').includes('a-secret')),
    ).toEqual([]);
  });

  it('may be removed by hand, which is a logout', async () => {
    const { directory, store } = newStore();
    await write(store, 'a');
    const lease = await store.lease(key, 10_000);
    rmSync(directory, { recursive: true });
    expect(await store.read(key)).toBeUndefined();
    expect(await store.write(key, lease?.fence ?? '', 'b')).toBe(false);
    await write(store, 'c');
    expect((await store.read(key))?.value).toBe('c');
  });

  it('are written to the disk before they count', async () => {
    const { store } = newStore();
    const steps: string[] = [];
    const realOpen = fs.open;
    vi.spyOn(fs, 'open').mockImplementation(async (...args) => {
      const file = await realOpen(...args);
      const sync = file.sync.bind(file);
      file.sync = () => {
        steps.push('sync');
        return sync();
      };
      return file;
    });
    const realLink = fs.link;
    vi.spyOn(fs, 'link').mockImplementation((...args) => {
      steps.push('link');
      return realLink(...args);
    });
    const lease = await store.lease(key, 10_000);
    steps.splice(0);
    await store.write(key, lease?.fence ?? '', 'a');
    expect(steps).toEqual(['sync', 'link', 'sync']);
  });

  it('that a power failure has cut leave the record as it was before', async () => {
    const { directory, store } = newStore();
    await write(store, 'a');
    const [record = ''] = filesOf(directory);
    await store.lease(key, 10_000);
    const cut = filesOf(directory).find((path) => path !== record) ?? '';
    truncateSync(cut);
    expect((await store.read(key))?.value).toBe('a');
    await write(store, 'b');
    expect((await store.read(key))?.value).toBe('b');
    expect(filesOf(directory)).toHaveLength(1);
  });

  it('of which nothing is whole had a record once, unless it is the first', async () => {
    const { directory, store } = newStore();
    const lease = await store.lease(key, 10_000);
    for (const path of filesOf(directory)) truncateSync(path);
    expect(await store.read(key)).toBeUndefined();
    expect(await store.write(key, lease?.fence ?? '', 'a')).toBe(false);
    await write(store, 'a');
    for (const path of filesOf(directory)) truncateSync(path, 20);
    const next = await store.lease(key, 10_000);
    expect((await store.read(key))?.value).toBe('');
    await store.write(key, next?.fence ?? '', 'b');
    expect((await store.read(key))?.value).toBe('b');
  });

  it('work where there are no hard links', async () => {
    const { directory, store } = newStore();
    vi.spyOn(fs, 'link').mockRejectedValue(Object.assign(new Error('no'), { code: 'ENOTSUP' }));
    await write(store, 'a');
    await write(store, 'b');
    expect((await store.read(key))?.value).toBe('b');
    expect(filesOf(directory)).toHaveLength(1);
  });

  it('that somebody began to write and never finished are swept up after a while', async () => {
    const { directory, store } = newStore();
    await write(store, 'a');
    const [folder = ''] = treeOf(directory);
    const [old, young] = [join(folder, 'new-old'), join(folder, 'new-young')];
    for (const path of [old, young]) writeFileSync(path, 'half', { mode: 0o600 });
    const longAgo = new Date(Date.now() - 120_000);
    await fs.utimes(old, longAgo, longAgo);
    await write(store, 'b');
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });
});

describe('a store of files refuses', () => {
  const unsafe = { code: 'ERR_STORE_UNSAFE' };

  it('a directory that is a link', async () => {
    const { directory } = newStore();
    const real = newFolder();
    symlinkSync(real, directory);
    const store = fileStore({ directory });
    await expect(store.read(key)).rejects.toMatchObject(unsafe);
    await expect(store.lease(key, 1_000)).rejects.toThrow(/is a link/);
    expect(readdirSync(real)).toEqual([]);
  });

  it.each([0o750, 0o707, 0o777])('a directory that others may enter: %o', async (mode) => {
    const { directory, store } = newStore();
    mkdirSync(directory);
    chmodSync(directory, mode);
    await expect(store.lease(key, 1_000)).rejects.toThrow(/chmod 700/);
  });

  it('a file that others may read, and one that is a link', async () => {
    const { directory, store } = newStore();
    await write(store, 'a');
    const [path = ''] = filesOf(directory);
    chmodSync(path, 0o640);
    await expect(store.read(key)).rejects.toThrow(/chmod 600/);
    renameSync(path, join(directory, 'elsewhere'));
    symlinkSync(join(directory, 'elsewhere'), path);
    await expect(store.read(key)).rejects.toMatchObject(unsafe);
    await expect(store.read(key)).rejects.toThrow(/is a link/);
  });

  it('what another user owns', async () => {
    const { store } = newStore();
    await write(store, 'a');
    const uid = process.getuid?.() ?? 0;
    vi.spyOn(process, 'getuid').mockReturnValue(uid + 1);
    await expect(store.read(key)).rejects.toThrow(/another user/);
  });

  it('a file in its place', async () => {
    const { directory, store } = newStore();
    writeFileSync(directory, '', { mode: 0o600 });
    await expect(store.read(key)).rejects.toThrow(/is not a directory/);
  });

  it.each([
    [{ directory: 'relative' }, /absolute/],
    [{ folder: '/x' }, /no option "folder"/],
    [{ keyring: class AsyncEntry {} }, /new AsyncEntry/],
  ])('options that make no sense: %j', (options, message) => {
    expect(() => fileStore(options as object)).toThrow(message);
  });
});

describe('the directory without a word', () => {
  const home = '/home/me';
  it.each([
    ['linux', {}, '/home/me/.local/state/keyturn/credentials'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/keyturn/credentials'],
    ['linux', { XDG_STATE_HOME: 'state' }, '/home/me/.local/state/keyturn/credentials'],
    [
      'darwin',
      { XDG_STATE_HOME: '/state' },
      '/home/me/Library/Application Support/keyturn/credentials',
    ],
  ] as const)('on %s with %j is %s', (platform, env, expected) => {
    expect(defaultDirectory({ platform, env, home })).toBe(expected);
  });

  it('on Windows does not roam', () => {
    const env = { LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' };
    const directory = 'C:\\Users\\me\\AppData\\Local\\keyturn\\credentials';
    expect(defaultDirectory({ platform: 'win32', env, home: '' })).toBe(directory);
    expect(defaultDirectory({ platform: 'win32', env: {}, home: 'C:\\Users\\me' })).toBe(directory);
  });

  it('is none for a user without a home', () => {
    expect(() => defaultDirectory({ platform: 'linux', env: {}, home: '' })).toThrow(/"directory"/);
  });
});

describe('the lease of a process', () => {
  const store = new URL('../../dist/index.js', import.meta.url).href;

  /** A process that takes the lease and then does nothing until it is ended. */
  async function holderOf(directory: string) {
    const code = `const { fileStore } = await import(${JSON.stringify(store)});
      const lease = await fileStore({ directory: ${JSON.stringify(directory)} }).lease(${JSON.stringify(key)}, 10_000);
      process.stdout.write(lease.fence);
      setInterval(() => {}, 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [fence] = await once(child.stdout, 'data');
    return { child, fence: String(fence) };
  }

  it('that was killed on this machine is free at once, and of one that is stopped after its time', async () => {
    const { clock, directory, store } = newStore();
    const { child, fence } = await holderOf(directory);
    expect(await store.lease(key, 10_000)).toBeUndefined();
    child.kill('SIGSTOP');
    await clock.advance(2_000);
    expect(await store.lease(key, 10_000)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await store.lease(key, 10_000))?.isTakeover).toBe(true);
    expect(await store.write(key, fence, 'too late')).toBe(false);
  });

  it('is known by more than its number, which is used again', async () => {
    const here = thisHolder();
    const parent: Holder = { machine: here.machine, pid: process.ppid };
    expect(await isDead(here)).toBe(false);
    expect(await isDead({ ...here, startedAt: '1' })).toBe(true);
    expect(await isDead(parent)).toBe(false);
    expect(await isDead({ ...parent, startedAt: '1' })).toBe(process.platform === 'linux');
    expect(await isDead({ ...here, pid: 2 ** 22 + 1 })).toBe(true);
    expect(await isDead({ machine: 'another', pid: 2 ** 22 + 1 })).toBe(false);
  });

  it('is not over because whoever waits has slept', async () => {
    const { clock, store } = newStore();
    await store.lease(key, 10_000);
    expect(await store.lease(key, 10_000)).toBeUndefined();
    await clock.advance(3_600_000);
    expect(await store.lease(key, 10_000)).toBeUndefined();
  });
});

describe('processes of one machine', () => {
  it('share one login through files, and what a load wants back stays in them', async () => {
    const { directory } = newStore();
    const login = rotatingLogin();
    const managers = Array.from({ length: 8 }, () =>
      createCredentialManager({
        source: sharedSource(login, { store: fileStore({ directory }), key }),
      }),
    );
    const tokens = await Promise.all(
      managers.map(async (manager) => (await manager.current()).token),
    );
    expect(new Set(tokens)).toEqual(new Set(['access-2-0']));
    await Promise.all(managers.map((manager) => manager.refresh()));
    expect(login).toMatchObject({ reuses: 0 });
    await Promise.all(managers.map((manager) => manager.close()));
  });
});

describe('a keyring', () => {
  const keyringOf = () => {
    const kept: { password?: string } = {};
    return {
      kept,
      keyring: {
        getPassword: async () => kept.password,
        setPassword: async (password: string) => {
          await new Promise((resolve) => setImmediate(resolve));
          kept.password = password;
        },
      },
    };
  };

  it('keeps the key of what is then encrypted in the files', async () => {
    const { directory } = newStore();
    const { kept, keyring } = keyringOf();
    await write(fileStore({ directory, keyring }), 'a-very-secret-value');
    expect((await fileStore({ directory, keyring }).read(key))?.value).toBe('a-very-secret-value');
    const texts = filesOf(directory)
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    expect(texts).not.toContain('a-very-secret-value');
    expect(texts).not.toContain(kept.password ?? 'none');
  });

  it('is given one key, however many processes begin at the same moment', async () => {
    const { directory } = newStore();
    const { keyring } = keyringOf();
    const stores = Array.from({ length: 5 }, () => fileStore({ directory, keyring }));
    await Promise.all(
      stores.map(async (store, index) => {
        const lease = await store.lease(`key ${index}`, 10_000);
        await store.write(`key ${index}`, lease?.fence ?? '', `value ${index}`);
      }),
    );
    const values = await Promise.all(stores.map((_, index) => stores[0]?.read(`key ${index}`)));
    expect(values.map((record) => record?.value)).toEqual(
      stores.map((_, index) => `value ${index}`),
    );
  });

  it('that has lost its key leaves records that cannot be read, and says so', async () => {
    const { directory } = newStore();
    await write(fileStore({ directory, keyring: keyringOf().keyring }), 'a');
    const other = fileStore({ directory, keyring: keyringOf().keyring });
    await expect(other.read(key)).rejects.toMatchObject({ code: 'ERR_STORE_RECORD' });
  });
});

/** Files that somebody else renews, on a real file system. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credential, createCredentialManager, fileSource } from '@keyturn/core';
import { createTestAuthority, manualClock, testSource } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

type Pair = { readonly certificate: string; readonly privateKey: string };

const authority = await createTestAuthority();
const pairs: Pair[] = [];
for (let number = 0; number < 3; number += 1) pairs.push(await authority.issueClientCertificate());
const pair = (number: number): Pair => pairs[number % pairs.length] as Pair;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const pathsIn = (folder: string) => ({
  token: join(folder, 'token'),
  certificate: join(folder, 'tls.crt'),
  privateKey: join(folder, 'tls.key'),
});

/** Token and pair of the same number belong together. */
const textsOf = (number: number) => ({
  token: `token-${number}\n`,
  'tls.crt': pair(number).certificate,
  'tls.key': pair(number).privateKey,
});

function writeAll(folder: string, number: number): void {
  for (const [name, text] of Object.entries(textsOf(number)))
    writeFileSync(join(folder, name), text);
}

function holding(options: Parameters<typeof fileSource>[0]) {
  const clock = manualClock();
  const manager = createCredentialManager({ source: fileSource(options), clock });
  onTestFinished(() => manager.close());
  const failures: Error[] = [];
  manager.on('refreshFailed', ({ error }) => failures.push(error));
  /** The next look, and what is held after it. */
  const look = async (): Promise<Credential | undefined> => {
    const { runs } = manager.stats();
    await clock.advance(10_000);
    await expect.poll(() => (manager.peek(), manager.stats().runs)).toBeGreaterThan(runs);
    await expect.poll(() => manager.stats().lastDurationMs !== undefined).toBe(true);
    return manager.current();
  };
  return { clock, manager, failures, look };
}

describe('a token file', () => {
  it('is read again when somebody asks and ten seconds have passed, and not before', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, '  one\r\n');
    const { clock, manager } = holding({ token });
    expect((await manager.current()).token).toBe('one');
    writeFileSync(token, 'two');
    await clock.advance(9_999);
    expect((await manager.current()).token).toBe('one');
    expect(manager.stats().runs).toBe(1);
    await clock.advance(1);
    manager.peek();
    await expect.poll(() => manager.peek()?.token).toBe('two');
  });

  it('that has not changed makes no new generation and no event', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, 'one');
    const { manager, look } = holding({ token });
    const first = await manager.current();
    const rotated: unknown[] = [];
    manager.on('rotated', (event) => rotated.push(event));
    await look();
    expect(await manager.current()).toBe(first);
    expect(rotated).toEqual([]);
    expect(manager.stats()).toMatchObject({ rotations: 0, generation: 1 });
  });

  it('that is gone takes nothing away, and the program is told with the path', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, 'one');
    const { clock, manager, failures } = holding({ token });
    await manager.current();
    rmSync(token);
    await clock.advance(10_000);
    manager.peek();
    await expect.poll(() => failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      code: 'ERR_FILE_READ',
      message: `File "${token}" cannot be read: it does not exist (ENOENT). Correct the path, or put the file there.`,
    });
    await clock.advance(24 * 3_600_000);
    expect((await manager.current()).token).toBe('one');
  });

  it.each([
    ['', 'ERR_CREDENTIAL_EMPTY', 'is empty'],
    [' \n', 'ERR_CREDENTIAL_EMPTY', 'is empty'],
    ['one\ntwo', 'ERR_CREDENTIAL_TOKEN', 'more than one line'],
    ['s3cret\u0000', 'ERR_CREDENTIAL_TOKEN', 'cannot stand in an HTTP header'],
    ['x'.repeat(1_048_577), 'ERR_FILE_READ', 'more than a megabyte'],
  ])('that holds %j is refused with its path and none of its text', async (text, code, words) => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, text);
    const { manager } = holding({ token });
    const error = await manager.current().catch((thrown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(error.message).toContain(token);
    expect(error.message).not.toContain('s3cret');
  });

  it('that is a folder, or behind one that is a file, says so', async () => {
    const folder = newFolder();
    const { token } = pathsIn(folder);
    writeFileSync(token, 'one');
    for (const path of [folder, join(token, 'below')]) {
      await expect(holding({ token: path }).manager.current()).rejects.toMatchObject({
        code: 'ERR_FILE_READ',
        message: expect.stringContaining(path),
      });
    }
  });
});

describe('a certificate and its key', () => {
  it('that do not belong together are a write in progress: the old pair serves on', async () => {
    const folder = newFolder();
    const { certificate, privateKey } = pathsIn(folder);
    writeAll(folder, 0);
    const { clock, manager, failures } = holding({ certificate, privateKey });
    await manager.current();
    writeFileSync(certificate, pair(1).certificate);
    await clock.advance(10_000);
    manager.peek();
    await expect.poll(() => failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({
      code: 'ERR_CREDENTIAL_KEY_MISMATCH',
      message: `File "${privateKey}" does not belong to the certificate in "${certificate}".`,
    });
    expect((await manager.current()).clientCertificate?.certificate).toBe(pair(0).certificate);
    writeFileSync(privateKey, pair(1).privateKey);
    await clock.advance(60_000);
    manager.peek();
    await expect
      .poll(() => manager.peek()?.clientCertificate?.certificate)
      .toBe(pair(1).certificate);
  });

  it('are read once more while the key is still being written', async () => {
    const folder = newFolder();
    const { certificate, privateKey } = pathsIn(folder);
    writeAll(folder, 0);
    writeFileSync(privateKey, pair(0).privateKey.slice(0, 60));
    const { manager, failures } = holding({ certificate, privateKey });
    const waiting = manager.current();
    setTimeout(() => writeFileSync(privateKey, pair(0).privateKey), 30);
    expect((await waiting).clientCertificate?.certificate).toBe(pair(0).certificate);
    expect(failures).toEqual([]);
  });
});

/** How files are renewed, from the newest set on. */
const ways: Readonly<Record<string, (folder: string, number: number) => void>> = {
  'by rename': (folder, number) => {
    for (const [name, text] of Object.entries(textsOf(number))) {
      writeFileSync(join(folder, `.${name}`), text);
      renameSync(join(folder, `.${name}`), join(folder, name));
    }
  },
  'by the swap of a link, as the kubelet does it': (folder, number) => {
    const set = join(folder, `..set-${number}`);
    mkdirSync(set);
    writeAll(set, number);
    symlinkSync(set, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  },
  'by writing over them': (folder, number) => writeAll(folder, number),
  'by deleting them first': (folder, number) => {
    for (const path of Object.values(pathsIn(folder))) rmSync(path, { force: true });
    writeAll(folder, number);
  },
};

// `KEYTURN_LOAD=full` swaps a thousand times each way.
const swaps = process.env['KEYTURN_LOAD'] === 'full' ? 1_000 : 25;

describe.each(Object.entries(ways))('files that are renewed %s', (way, renew) => {
  it(`${swaps} times serve every request, with a token and a pair that belong together`, async () => {
    const folder = newFolder();
    const isLinked = way.startsWith('by the swap');
    renew(folder, 0);
    const paths = pathsIn(isLinked ? join(folder, '..data') : folder);
    const manager = createCredentialManager({ source: fileSource({ ...paths, pollMs: 1 }) });
    onTestFinished(() => manager.close());
    await manager.current();
    let served = 0;
    for (let number = 1; number <= swaps; number += 1) {
      renew(folder, number);
      // In between every write: what is read now may be half of it.
      for (const credential of await Promise.all([manager.current(), manager.current()])) {
        const own = Number(credential.token?.slice('token-'.length));
        expect(credential.clientCertificate?.certificate).toBe(pair(own).certificate);
        served += 1;
      }
    }
    expect(served).toBe(swaps * 2);
    await expect
      .poll(async () => (await manager.current()).token, { timeout: 5_000 })
      .toBe(`token-${swaps}`);
  });
});

it.each([
  [{}, 'takes the path of a "token"'],
  [{ certificate: 'c' }, '"certificate" and "privateKey" together'],
  [{ token: '' }, '"token"'],
  [{ token: 't', poll: 1 }, '"poll"'],
  [{ token: 't', pollMs: 0 }, '"pollMs"'],
])('refuses %j when it is made', (options, words) => {
  expect(() => fileSource(options as never)).toThrow(words);
});

testSource({
  test: it,
  name: 'fileSource',
  make: () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-files-'));
    const { token } = pathsIn(folder);
    writeFileSync(token, 'a-secret-token');
    return {
      source: fileSource({ token }),
      secrets: ['a-secret-token'],
      fail: () => rmSync(token),
      mend: () => writeFileSync(token, 'a-secret-token'),
      dispose: () => rmSync(folder, { recursive: true }),
    };
  },
});

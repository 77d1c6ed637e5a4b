/** Files that somebody else renews, on a real file system. */
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credential, createCredentialManager, fileSource } from '@keyturn/core';
import { createTestAuthority, manualClock, testSource } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

type Pair = { readonly certificate: string; readonly privateKey: string };

const authority = await createTestAuthority();
const pairs: Pair[] = [];
for (let number = 0; number < 3; number += 1) pairs.push(await authority.issueClientCertificate());
const keyOf = new Map(
  pairs.map(({ certificate, privateKey }) => [certificate as string | undefined, privateKey]),
);
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
    manager.peek();
    await expect.poll(() => manager.stats().nextRefreshAt).toBeGreaterThan(clock.now());
    expect(manager.stats().runs).toBe(runs + 1);
    return manager.current();
  };
  return { clock, manager, failures, look };
}

describe('text beside a file', () => {
  it('completes the set', async () => {
    const { certificate, privateKey } = pairs[0] as Pair;
    const paths = pathsIn(newFolder());
    writeFileSync(paths.certificate, certificate);
    const { manager } = holding({
      token: { text: 'fixed' },
      certificate: paths.certificate,
      privateKey: { text: privateKey },
    });
    const credential = await manager.current();
    expect(credential).toMatchObject({ clientCertificate: { certificate, privateKey } });
    expect(credential.token).toBe('fixed');
  });

  it('that does not belong to it is named by its option', async () => {
    const paths = pathsIn(newFolder());
    writeFileSync(paths.certificate, pair(0).certificate);
    const text = pair(1).privateKey;
    const { manager } = holding({ certificate: paths.certificate, privateKey: { text } });
    await expect(manager.current()).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_KEY_MISMATCH',
      message: `Text "privateKey" of fileSource does not belong to the certificate in "${paths.certificate}".`,
    });
  });

  it('is what it was when the source was made, and stands in no name', async () => {
    const { certificate, privateKey } = pair(0);
    const paths = pathsIn(newFolder());
    writeFileSync(paths.certificate, certificate);
    const key = { text: privateKey };
    const source = fileSource({ certificate: paths.certificate, privateKey: key });
    key.text = 'changed';
    expect(source.name).toBe(`files ${paths.certificate}`);
    const { clientCertificate } = await createCredentialManager({ source }).current();
    expect(clientCertificate?.privateKey).toBe(privateKey);
  });

  it('alone is no file', () => {
    expect(() => fileSource({ token: { text: 'fixed' } })).toThrow('takes the path of a "token"');
  });
});

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

  it('may begin with the mark that editors of Windows put there', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, '\ufeffone');
    expect((await holding({ token }).manager.current()).token).toBe('one');
  });

  it('is read whole where it is written in pieces meanwhile', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, 'first-half');
    const { manager } = holding({ token });
    const waiting = manager.current();
    setTimeout(() => writeFileSync(token, '-second-half', { flag: 'a' }), 5);
    expect((await waiting).token).toBe('first-half-second-half');
  });

  it('is read although its time lies ahead', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, 'one');
    const later = Date.now() / 1_000 + 3_600;
    utimesSync(token, later, later);
    expect((await holding({ token }).manager.current()).token).toBe('one');
  });

  it('is read again where another has taken its place while it was read', async () => {
    const { token } = pathsIn(newFolder());
    writeFileSync(token, 'old');
    utimesSync(token, 1, 1);
    const read = fs.readFile;
    const reads: unknown[] = [];
    const spy = vi.spyOn(fs, 'readFile').mockImplementation(async (...given) => {
      const text = await read(...given);
      reads.push(text);
      writeFileSync(`${token}.next`, 'new');
      utimesSync(`${token}.next`, 1, 1);
      if (reads.length === 1) renameSync(`${token}.next`, token);
      return text as never;
    });
    onTestFinished(() => spy.mockRestore());
    expect((await holding({ token }).manager.current()).token).toBe('new');
    expect(reads).toEqual(['old', 'new']);
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

/** Lets whoever reads read on, and find half of a set. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How files are renewed, with readers between any two steps. */
const ways: Readonly<Record<string, (folder: string, number: number) => Promise<void>>> = {
  'by rename': async (folder, number) => {
    for (const [name, text] of Object.entries(textsOf(number))) {
      writeFileSync(join(folder, `.${name}`), text);
      renameSync(join(folder, `.${name}`), join(folder, name));
      await turn();
    }
  },
  'by the swap of a link, as the kubelet does it': async (folder, number) => {
    const set = join(folder, `..set-${number}`);
    mkdirSync(set);
    writeAll(set, number);
    symlinkSync(set, join(folder, '..data_tmp'));
    await turn();
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await turn();
    rmSync(join(folder, `..set-${number - 1}`), { recursive: true, force: true });
  },
  'by writing over them, in pieces': async (folder, number) => {
    for (const [name, text] of Object.entries(textsOf(number))) {
      writeFileSync(join(folder, name), text.slice(0, 20));
      await turn();
      writeFileSync(join(folder, name), text.slice(20), { flag: 'a' });
      await turn();
    }
  },
  'by deleting them first': async (folder, number) => {
    for (const [name, text] of Object.entries(textsOf(number))) {
      rmSync(join(folder, name), { force: true });
      await turn();
      writeFileSync(join(folder, name), text);
      await turn();
    }
  },
};

// `KEYTURN_LOAD=full` renews them a thousand times each way. They come faster than anybody reads; now and then there is time.
const [rounds, perRound] = process.env['KEYTURN_LOAD'] === 'full' ? [4, 250] : [1, 10];

describe.each(Object.entries(ways))('files that are renewed %s', (way, renew) => {
  it('serve every request, with a certificate and the key of that one', async () => {
    const folder = newFolder();
    const isLinked = way.startsWith('by the swap');
    await renew(folder, 0);
    const paths = pathsIn(isLinked ? join(folder, '..data') : folder);
    const manager = createCredentialManager({ source: fileSource({ ...paths, pollMs: 1 }) });
    onTestFinished(() => manager.close());
    await manager.current();
    let [served, isOver] = [0, false];
    const client = async (): Promise<void> => {
      while (!isOver) {
        const { token, clientCertificate } = await manager.current();
        expect(keyOf.get(clientCertificate?.certificate)).toBe(clientCertificate?.privateKey);
        // Only a swap renews them in one step.
        if (isLinked) {
          const own = pair(Number(token?.slice('token-'.length)));
          expect(clientCertificate?.certificate).toBe(own.certificate);
        }
        served += 1;
        await turn();
      }
    };
    const clients = [client(), client(), client()];
    for (let number = 1; number <= rounds * perRound; number += 1) {
      await renew(folder, number);
      if (number % perRound === 0) {
        await expect.poll(() => manager.peek()?.token).toBe(`token-${number}`);
      }
    }
    isOver = true;
    await Promise.all(clients);
    expect(served).toBeGreaterThan(rounds * perRound);
    expect(manager.stats().rotations).toBeGreaterThanOrEqual(rounds);
  });
});

it.each([
  [{}, 'takes the path of a "token"'],
  [{ certificate: 'c' }, '"certificate" and "privateKey" together'],
  [{ token: '' }, '"token"'],
  [
    { token: 'eyJhbGciOi.eyJzdWIi.c2ln' },
    '"token" of fileSource is the path of a file; text itself',
  ],
  [
    { certificate: 'c', privateKey: '-----BEGIN PRIVATE KEY-----\nMIGH' },
    '"privateKey" of fileSource is',
  ],
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
